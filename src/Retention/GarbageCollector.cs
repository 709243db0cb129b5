using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Retention.Collection;

namespace Rondo.Retention;

/// <summary>Removes what nothing needs any more, each time as a pass through everything. A pass may end anywhere: the next one begins anew.</summary>
public sealed class GarbageCollector
{
    private const string NoProject = "";

    private readonly Collectors _with;
    private readonly EventLog _log;
    private readonly TimeProvider _time;

    internal GarbageCollector(Collectors with, EventLog log, TimeProvider time)
    {
        _with = with;
        _log = log;
        _time = time;
    }

    internal RetentionOptions Options => _with.Options;

    /// <summary>Looks through everything now. With <paramref name="dryRun"/> it only says what would go.</summary>
    public async Task<CollectionReport> RunAsync(bool dryRun, Actor actor, CancellationToken cancellation)
    {
        var pass = Begin(dryRun);
        while (await pass.StepAsync(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
        }

        await TellAsync(pass, actor);
        return pass.Report;
    }

    /// <summary>A pass through what the servers share, or through what lies on this one; without a choice through both.</summary>
    internal CollectionPass Begin(bool dryRun = false, bool? local = null)
    {
        var litter = _with.Litter.Where(litter => local is null || litter.Local == local);
        var references = local == true ? [] : _with.References;
        return new CollectionPass(
            _with with
            {
                Litter = [.. litter],
                References = references,
            },
            _time.GetUtcNow(),
            dryRun
        );
    }

    /// <summary>Puts what a pass removed into the log; nothing where it removed nothing.</summary>
    internal async Task TellAsync(CollectionPass pass, Actor actor)
    {
        var report = pass.Report;
        if (report.DryRun || !report.Any)
        {
            return;
        }

        var data = new GarbageCollectedEvent(report.BlobsSeen, [.. report.Kinds.Where(kind => kind.Items > 0)]);
        await _with.Database.WriteAsync(async transaction =>
            await _log.AppendAsync(
                transaction,
                new NewEvent(GarbageCollectedEvent.Type, NoProject, "garbage", actor, data)
            )
        );
    }
}

/// <summary>Data of <c>garbage.collected</c>: what a pass removed.</summary>
public sealed record GarbageCollectedEvent(long BlobsSeen, IReadOnlyList<CollectedKind> Kinds)
{
    public const string Type = "garbage.collected";
}
