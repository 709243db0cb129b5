using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Serving;

namespace Rondo.Monitoring.Monitors;

/// <summary>Evaluates every window that is due, oldest first.</summary>
internal sealed class MonitorReconciler(
    Database database,
    EventLog log,
    IdSource ids,
    TimeProvider time,
    MonitorStore monitors,
    AlertStore alerts,
    PredictionStore predictions,
    PredictionLog predictionLog,
    MonitorSignal signal,
    EndpointStore endpoints,
    ModelRegistry registry
) : Reconciler
{
    /// <summary>How far past a window's end the newest event time must be where truths are still missing.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_lookAnyway = TimeSpan.FromSeconds(10);
    private static readonly Actor s_actor = Actor.System("monitor");

    private long _seen = -1;
    private DateTimeOffset _lookedAt;

    public override string Name => "monitoring.monitors.reconciler";

    public override bool Concerns(string kind) => false;

    // Predictions and truths raise no events.
    public override TimeSpan Interval => TimeSpan.FromMilliseconds(200);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var count = signal.Count;
        if (count == _seen && now - _lookedAt < s_lookAnyway)
        {
            return false;
        }

        var more = false;
        foreach (var (monitor, endpoint) in await DueAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            var evaluation = await EvaluateAsync(monitor, endpoint);
            more |= await WriteAsync(lease, monitor, endpoint, evaluation);
        }

        if (!more)
        {
            (_seen, _lookedAt) = (count, now);
        }

        return more;
    }

    /// <summary>Predictions that are not written yet, and windows that are due.</summary>
    public override async Task<long> PendingAsync() => predictionLog.Unflushed + (await DueAsync()).Count;

    private async Task<IReadOnlyList<(WatchedMonitor Monitor, ServedEndpoint Endpoint)>> DueAsync()
    {
        var due = new List<(WatchedMonitor, ServedEndpoint)>();
        var watched = await database.ReadAsync(session => monitors.ListAsync(session).AsTask());
        foreach (var group in watched.GroupBy(monitor => monitor.Endpoint, StringComparer.Ordinal))
        {
            var endpoint = await endpoints.FindAsync(group.Key);
            var times = await database.ReadAsync(session => predictions.EventTimesAsync(session, group.Key).AsTask());
            if (endpoint is null || times is null)
            {
                continue;
            }

            foreach (var monitor in await AnchoredAsync([.. group], times.Oldest))
            {
                if (monitor.Project == endpoint.Model.Project && await IsDueAsync(monitor, times.Newest))
                {
                    due.Add((monitor, endpoint));
                }
            }
        }

        return due;
    }

    private async Task<IReadOnlyList<WatchedMonitor>> AnchoredAsync(
        IReadOnlyList<WatchedMonitor> group,
        DateTimeOffset oldest
    )
    {
        if (group.All(monitor => monitor.Anchor is not null))
        {
            return group;
        }

        var day = new DateTimeOffset(oldest.UtcDateTime.Date, TimeSpan.Zero);
        await monitors.AnchorAsync(group[0].Endpoint, day);
        return [.. group.Select(monitor => monitor with { Anchor = monitor.Anchor ?? day })];
    }

    // Only quality needs the truth: the others are due as soon as event time has passed the window.
    private async Task<bool> IsDueAsync(WatchedMonitor monitor, DateTimeOffset newest)
    {
        if (monitor.Next is not { } window || newest < window.To)
        {
            return false;
        }

        return monitor.Manifest.Kind != MonitorKinds.Quality
            || newest >= window.To + s_patience
            || !await database.ReadAsync(session =>
                predictions.AwaitsTruthAsync(session, monitor.Endpoint, window).AsTask()
            );
    }

    private async Task<Evaluation> EvaluateAsync(WatchedMonitor monitor, ServedEndpoint endpoint)
    {
        var window = monitor.Next!;
        var manifest = monitor.Manifest;
        if (manifest is { Kind: MonitorKinds.Quality, Detector: not null })
        {
            var joined = await predictions.JoinedUntilAsync(monitor.Endpoint, window.To);
            return QualityMonitor.Detect(manifest, window, joined);
        }

        if (manifest.Kind == MonitorKinds.Quality)
        {
            return QualityMonitor.Evaluate(manifest, window, await predictions.OutcomesAsync(monitor.Endpoint, window));
        }

        var rows = await predictions.RowsAsync(monitor.Endpoint, window);
        if (manifest.Kind == MonitorKinds.Freshness)
        {
            var serving = rows.Count == 0 ? null : await FindAsync(endpoint.Model, rows[^1].Version);
            return FreshnessMonitor.Evaluate(manifest, window, rows.Count, serving);
        }

        var versions = new Dictionary<long, ModelVersion>();
        foreach (var version in rows.Select(row => row.Version).Distinct())
        {
            if (await FindAsync(endpoint.Model, version) is { } found)
            {
                versions[version] = found;
            }
        }

        return manifest.Kind == MonitorKinds.Schema
            ? SchemaMonitor.Evaluate(manifest, window, rows, versions)
            : DriftMonitor.Evaluate(manifest, window, rows, versions);
    }

    private Task<ModelVersion?> FindAsync(ModelKey key, long version) =>
        registry.FindAsync(key.Project, key.Environment, key.Model, version);

    private Task<bool> WriteAsync(
        Lease lease,
        WatchedMonitor monitor,
        ServedEndpoint endpoint,
        Evaluation evaluation
    ) =>
        database.WriteAsync(async transaction =>
        {
            if (
                !await LeaseStore.HoldsAsync(transaction, lease)
                || !await monitors.AddWindowAsync(transaction, monitor, evaluation)
            )
            {
                return false;
            }

            var manifest = monitor.Manifest;
            var evaluated = new MonitorEvaluatedEvent(
                monitor.Endpoint,
                manifest.Name,
                manifest.Kind,
                manifest.Metric,
                evaluation.Window.From,
                evaluation.Window.To,
                evaluation.N,
                evaluation.Value,
                manifest.Limit,
                evaluation.State
            );
            var position = await log.AppendAsync(
                transaction,
                new NewEvent(MonitorEvaluatedEvent.Type, monitor.Project, monitor.Endpoint, s_actor, evaluated)
            );
            if (evaluation.State == WindowState.Alert)
            {
                await RaiseAsync(transaction, (monitor, endpoint), evaluation, position);
            }

            return true;
        });

    private async Task RaiseAsync(
        Transaction transaction,
        (WatchedMonitor Monitor, ServedEndpoint Endpoint) watched,
        Evaluation evaluation,
        long cause
    )
    {
        var (monitor, endpoint) = watched;
        var alert = new AlertRaisedEvent(
            ids.New("alert"),
            monitor.Endpoint,
            monitor.Manifest.Name,
            monitor.Manifest.Kind,
            endpoint.Model.Model,
            evaluation.ModelVersion,
            monitor.Manifest.Metric,
            evaluation.Value!.Value,
            monitor.Manifest.Limit,
            evaluation.Window.From,
            evaluation.Window.To,
            evaluation.N,
            evaluation.Details
        );
        await alerts.AddAsync(transaction, monitor.Project, alert);
        await log.AppendAsync(
            transaction,
            new NewEvent(AlertRaisedEvent.Type, monitor.Project, monitor.Endpoint, s_actor, alert, cause)
        );
    }
}

/// <summary>The kinds of monitor that a manifest may name; everything else is drift's.</summary>
internal static class MonitorKinds
{
    public const string Quality = "quality";
    public const string Drift = "drift";
    public const string Freshness = "freshness";
    public const string Schema = "schema";
}
