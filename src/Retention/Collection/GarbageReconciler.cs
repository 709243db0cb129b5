using Rondo.Kernel;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Retention.Collection;

/// <summary>
/// Looks through everything once in a while, a page at a time. Its first look after a start waits a whole interval: a server that is
/// started again and again has better things to do.
/// </summary>
internal abstract class GarbageReconciler(GarbageCollector collector, TimeProvider time, bool local) : Reconciler
{
    private static readonly TimeSpan s_jumpMin = TimeSpan.FromMinutes(5);
    private static readonly Actor s_actor = Actor.System("garbage");

    private CollectionPass? _pass;
    private DateTimeOffset _next = time.GetUtcNow() + collector.Options.Every;
    private (DateTimeOffset Wall, long Ticks) _last = (time.GetUtcNow(), time.GetTimestamp());

    public override bool Concerns(string kind) => false;

    public override TimeSpan Interval => TimeSpan.FromMinutes(1);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (ClockJumped(now))
        {
            // How old a file is cannot be told from a clock that was just set.
            _pass = null;
            _next = now + collector.Options.Every;
            return false;
        }

        if (_pass is null && now < _next)
        {
            return false;
        }

        try
        {
            _pass ??= collector.Begin(local: local);
            if (await _pass.StepAsync(cancellation))
            {
                return true;
            }
        }
        catch
        {
            _pass = null;
            _next = now + collector.Options.Every;
            throw;
        }

        await collector.TellAsync(_pass, s_actor);
        _pass = null;
        _next = now + collector.Options.Every;
        return false;
    }

    private bool ClockJumped(DateTimeOffset now)
    {
        var ticks = time.GetTimestamp();
        var drift = now - _last.Wall - time.GetElapsedTime(_last.Ticks, ticks);
        _last = (now, ticks);
        return drift.Duration() > s_jumpMin;
    }
}

/// <summary>What the servers share: one of them looks.</summary>
internal sealed class SharedGarbageReconciler(GarbageCollector collector, TimeProvider time)
    : GarbageReconciler(collector, time, local: false)
{
    public override string Name => "garbage.collector";

    public override bool Concerns(string kind) => false;
}

/// <summary>What lies on this server: each looks for itself, under a lease that carries the place's name.</summary>
internal sealed class LocalGarbageReconciler(GarbageCollector collector, ServerPaths paths, TimeProvider time)
    : GarbageReconciler(collector, time, local: true)
{
    public override string Name { get; } =
        $"garbage.folders/{Environment.MachineName}{Path.GetFullPath(paths.DataFolder)}";
}
