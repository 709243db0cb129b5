using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Makes the folder of an attempt.</summary>
    public virtual Task CreateAsync(StepRequest request)
    {
        Directory.CreateDirectory(request.StagingFolder);
        return Task.CompletedTask;
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
