using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Rondo.Kernel;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Where attempts write: each in a folder of its own, and nowhere else. A file system is slow to make what was just deleted elsewhere, so
/// that empty folders are kept for attempts to come. A simulation keeps them in memory.
/// </summary>
internal class AttemptFolders(ServerPaths paths, ServerIncarnation self)
{
    /// <summary>What the name of a folder begins with that no attempt has.</summary>
    public const string IdlePrefix = "idle_";

    private const int NameMax = 120;
    private const int IdleMax = 256;

    private readonly string _idlePrefix = IdlePrefix + self.Id + "_";
    private readonly ConcurrentBag<string> _idle = [];
    private int _number;

    public string Of(string runId, string nodeId, long attempt) =>
        Path.GetFullPath(
            Path.Combine(paths.StagingFolder, FormattableString.Invariant($"{runId}~{NameOf(nodeId)}~{attempt}"))
        );

    /// <summary>Whether this server keeps the folder for an attempt to come.</summary>
    public bool Keeps(string folder) => Path.GetFileName(folder).StartsWith(_idlePrefix, StringComparison.Ordinal);

    /// <summary>Makes the folder of an attempt.</summary>
    public virtual Task CreateAsync(StepRequest request)
    {
        if (!_idle.TryTake(out var idle) || !TryMove(idle, request.StagingFolder))
        {
            Directory.CreateDirectory(request.StagingFolder);
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes a folder back in which nobody can write any more: if it is empty, another attempt may have it.</summary>
    public virtual void GiveBack(string folder)
    {
        if (_idle.Count < IdleMax && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            var number = Interlocked.Increment(ref _number);
            var idle = Path.Combine(
                Path.GetDirectoryName(folder)!,
                FormattableString.Invariant($"{_idlePrefix}{number}")
            );
            if (TryMove(folder, idle))
            {
                _idle.Add(idle);
                return;
            }
        }

        Delete(folder);
    }

    /// <summary>Removes a folder.</summary>
    public virtual void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that is about to die still writes there.
        }
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has cleaned up, or the attempt's folder is there already.
            return false;
        }
    }

    // The name of a folder has at most 255 bytes; that of a node in groups in groups may be longer.
    private static string NameOf(string nodeId) =>
        nodeId.Length <= NameMax
            ? nodeId
            : "node-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(nodeId)));
}
