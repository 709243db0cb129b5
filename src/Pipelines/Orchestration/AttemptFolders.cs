using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Where attempts write: each in a folder of its own, and nowhere else. A simulation keeps them in memory.</summary>
internal class AttemptFolders(ServerPaths paths)
{
    private const int NameMax = 120;

    public string Of(string runId, string nodeId, long attempt) =>
        Path.GetFullPath(
            Path.Combine(paths.StagingFolder, runId, NameOf(nodeId), FormattableString.Invariant($"{attempt}"))
        );

    /// <summary>Makes the request's folder, with the request in it, and returns the request's file.</summary>
    public virtual async Task<string> CreateAsync(StepRequest request)
    {
        Directory.CreateDirectory(request.StagingFolder);
        var file = Path.Combine(request.StagingFolder, "step.json");
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(request, RondoJson.Options));
        return file;
    }

    /// <summary>Removes a folder, and what it leaves empty above it: the folders of its step and run.</summary>
    public virtual void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            for (var i = 0; i < 2; i++)
            {
                folder = Path.GetDirectoryName(folder)!;
                if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                {
                    Directory.Delete(folder);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another attempt has begun beside it, or a process that is about to die still writes there.
        }
    }

    // The name of a folder has at most 255 bytes; that of a node in groups in groups may be longer.
    private static string NameOf(string nodeId) =>
        nodeId.Length <= NameMax
            ? nodeId
            : "node-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(nodeId)));
}
