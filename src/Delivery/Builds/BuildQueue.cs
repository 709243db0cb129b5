using System.Collections.Concurrent;
using Rondo.Kernel;

namespace Rondo.Delivery.Builds;

/// <summary>The builds that pushes of this process wait for. What stands in the database and not here was interrupted.</summary>
internal sealed class BuildQueue(BuildStore builds, ServerPaths paths, DeliveryOptions options)
{
    private readonly ConcurrentDictionary<string, LiveBuild> _live = new(StringComparer.Ordinal);

    /// <summary>Asks for a build of a commit whose tree lies in a tar file.</summary>
    public async Task<LiveBuild> AddAsync(NewBuild wanted)
    {
        var build = builds.Draft(wanted.Project, wanted.Branch, wanted.Commit, wanted.Actor);
        var log = new BuildLog(LogFileOf(build.Id), options.LogBytesMax);
        var live = new LiveBuild(build, wanted.SourceFile, log, wanted.Say, wanted.Wanted);
        // First here, then there: a row without its live build would be taken for an interrupted one.
        _live[build.Id] = live;
        await builds.QueueAsync(build);
        return live;
    }

    public LiveBuild? Find(string id) => _live.GetValueOrDefault(id);

    /// <summary>The push is over, whichever way.</summary>
    public void Remove(LiveBuild build)
    {
        _live.TryRemove(build.Build.Id, out _);
        build.Log.Dispose();
    }

    public string LogFileOf(string id) => Path.Combine(paths.BuildLogsFolder, id + ".log");
}

/// <summary>The wish for a build.</summary>
internal sealed record NewBuild(
    string Project,
    string Branch,
    string Commit,
    Actor Actor,
    string SourceFile,
    Action<string> Say,
    CancellationToken Wanted
);
