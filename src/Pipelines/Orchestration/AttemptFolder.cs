using Rondo.Kernel;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Where an attempt writes: nowhere else, and never where another attempt does.</summary>
internal static class AttemptFolder
{
    public static string Of(ServerPaths paths, string runId, string nodeId, long attempt) =>
        Path.GetFullPath(Path.Combine(paths.StagingFolder, runId, nodeId, FormattableString.Invariant($"{attempt}")));

    /// <summary>Removes it. What cannot be removed now, because a process still writes there, goes with the folder of its run.</summary>
    public static void Delete(string folder)
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
            // Left to the sweep of ended runs.
        }
    }
}
