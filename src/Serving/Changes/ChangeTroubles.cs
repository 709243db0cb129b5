using System.Collections.Concurrent;
using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Serving.Routing;

namespace Rondo.Serving.Changes;

/// <summary>
/// Looks for what stops a change: an alert of an endpoint that it has changed, a rollout there that was turned back, requests there that fail. The
/// first two stand in the log, so that any server finds them; requests are counted by each server, from when it first looks.
/// </summary>
internal sealed class ChangeTroubles(EventLog log, EndpointStore endpoints, RoutingTable routes, TimeProvider time)
{
    private static readonly string[] s_types = [RaisedAlert.EventType, RolloutEvent.RolledBack];
    private static readonly Actor s_actor = Actor.System("change");

    // What an endpoint had counted when it was first looked at after its change, by version.
    private readonly ConcurrentDictionary<
        (string Change, string Endpoint),
        Dictionary<long, CounterSnapshot>
    > _before = [];

    public async Task<ChangeEvidence?> FindAsync(EndpointChange change, IReadOnlyList<ChangeTarget> targets)
    {
        var stops = ChangeStops.Of(change.Request.StopWhen);
        var changed = targets.Where(target => target.State == TargetState.Changed).ToList();
        return changed.Count == 0
            ? null
            : await FindInLogAsync(change, stops, changed) ?? await FindErrorsAsync(change, stops, changed);
    }

    /// <summary>Forgets what was counted for changes that have ended.</summary>
    public void KeepOnly(IReadOnlyCollection<string> changes)
    {
        foreach (var key in _before.Keys.Where(key => !changes.Contains(key.Change, StringComparer.Ordinal)))
        {
            _before.TryRemove(key, out _);
        }
    }

    private async Task<ChangeEvidence?> FindInLogAsync(
        EndpointChange change,
        ChangeStops stops,
        IReadOnlyList<ChangeTarget> changed
    )
    {
        var since = changed.ToDictionary(
            target => target.Endpoint,
            target => target.Position ?? long.MaxValue,
            StringComparer.Ordinal
        );
        var after = since.Values.Min();
        while (true)
        {
            var events = await log.ReadAsync(after, EventLog.PageMax, new EventFilter(change.Project, Types: s_types));
            foreach (var e in events)
            {
                if (since.TryGetValue(e.Subject, out var from) && e.Position > from && Trouble(e, stops) is { } text)
                {
                    return new ChangeEvidence(
                        e.Type == RaisedAlert.EventType ? "alert" : "rollback",
                        e.Subject,
                        text,
                        s_actor.Name,
                        time.GetUtcNow(),
                        e.Position
                    );
                }

                after = e.Position;
            }

            if (events.Count < EventLog.PageMax)
            {
                return null;
            }
        }
    }

    private static string? Trouble(LoggedEvent e, ChangeStops stops)
    {
        if (e.Type == RaisedAlert.EventType)
        {
            var alert = e.DataAs<RaisedAlert>();
            return stops.OnAlert
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{alert.Monitor} of {alert.Endpoint} is {alert.Value:G4}, over {alert.Limit:G4}"
                )
                : null;
        }

        var back = e.DataAs<RolloutEvent>();
        return stops.OnRollback && !IsSuperseded(back)
            ? $"the rollout of version {back.Version} at {back.Endpoint} was turned back: {back.Reason}"
            : null;
    }

    // A rollout that a newer version came before is turned back, too: nothing that was looked at was wrong then.
    private static bool IsSuperseded(RolloutEvent back) =>
        back.Checks.All(check => check.Passed || check.Name is "requests" or "bake");

    private async Task<ChangeEvidence?> FindErrorsAsync(
        EndpointChange change,
        ChangeStops stops,
        IReadOnlyList<ChangeTarget> changed
    )
    {
        foreach (var target in changed.Where(_ => stops.OnErrors))
        {
            var (requests, errors) = Since(change, target);
            if (errors == 0 || await endpoints.FindAsync(target.Endpoint) is not { Manifest: { } manifest })
            {
                continue;
            }

            var limit = stops.ErrorRate ?? manifest.Rollout.MaxErrorRate;
            if (errors > limit * Math.Max(requests, manifest.Rollout.MinRequests))
            {
                return new ChangeEvidence(
                    "errors",
                    target.Endpoint,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{errors} of {requests} requests to {target.Endpoint} failed since it was changed: the limit is {limit:0.####} of them"
                    ),
                    s_actor.Name,
                    time.GetUtcNow()
                );
            }
        }

        return null;
    }

    private (long Requests, long Errors) Since(EndpointChange change, ChangeTarget target)
    {
        var counted = (routes.Find(target.Endpoint)?.Deployments ?? []).ToDictionary(
            deployment => deployment.Version.Version,
            deployment => deployment.Counters.Snapshot()
        );
        var before = _before.GetOrAdd((change.Id, target.Endpoint), _ => counted);
        return counted
            .Select(pair => (Now: pair.Value, Before: before.GetValueOrDefault(pair.Key)))
            .Aggregate(
                (Requests: 0L, Errors: 0L),
                (sum, one) =>
                    (
                        sum.Requests + one.Now.Requests - (one.Before?.Requests ?? 0),
                        sum.Errors + one.Now.Errors - (one.Before?.Errors ?? 0)
                    )
            );
    }
}
