using System.IO.Enumeration;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Registry;

namespace Rondo.Serving.Changes;

/// <summary>
/// Checks a change before anything happens (every setting at every endpoint that it selects), lays out its waves, and writes it down. Low risk goes
/// first. Also takes the wish to undo one.
/// </summary>
internal sealed class ChangePlans(
    Database database,
    ModelCatalog catalog,
    EventLog log,
    IdSource ids,
    TimeProvider time
)
{
    private const int ReasonCharsMax = 4000;
    private const int TextCharsMax = 4000;
    private const int ProblemsShown = 5;
    private const int SettingsMax = 50;
    private static readonly string[] s_risks = ["low", "medium", "unknown", "high"];

    /// <summary>What a change would do; nothing is written.</summary>
    public Task<(EndpointChange Change, IReadOnlyList<ChangeTarget> Targets)> TryAsync(
        string project,
        ChangeRequest request,
        Actor actor
    )
    {
        Check(request);
        return database.ReadAsync(session => PlanAsync(session, project, request, actor).AsTask());
    }

    /// <summary>Writes a change down; the reconciler takes it from here.</summary>
    public Task<(EndpointChange Change, IReadOnlyList<ChangeTarget> Targets)> StartAsync(
        string project,
        ChangeRequest request,
        Actor actor
    )
    {
        Check(request);
        return database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync("serving.change." + project);
            var (change, targets) = await PlanAsync(transaction, project, request, actor);
            var started = change with
            {
                Position = await AppendAsync(
                    transaction,
                    change,
                    ChangeEvent.Started,
                    targets.Count(target => target.State == TargetState.Waiting)
                ),
            };
            await ChangeStore.AddAsync(transaction, started, targets);
            return (started, targets);
        });
    }

    /// <summary>Asks that everything which a change has changed be put back.</summary>
    public Task<EndpointChange> UndoAsync(string project, string id, string reason, Actor actor)
    {
        CheckReason(reason);
        return database.WriteAsync(async transaction =>
        {
            var change =
                await ChangeStore.FindAsync(transaction, project, id)
                ?? throw new RondoException(
                    ErrorCode.NotFound,
                    $"Project '{project}' has no change '{id}'.",
                    "List what there is: rondo endpoints changes."
                );
            if (change.State is ChangeState.RollingBack or ChangeState.RolledBack)
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Change '{id}' {(change.State == ChangeState.RolledBack ? "was" : "is being")} put back already: {change.Evidence?.Text}",
                    "Nothing of it is left to undo."
                );
            }

            var evidence = new ChangeEvidence(
                "undo",
                null,
                $"undone by {actor.Name}: {reason}",
                actor.Name,
                time.GetUtcNow()
            );
            var stopped = change with { State = ChangeState.RollingBack, FinishedAt = null, Evidence = evidence };
            if (!await ChangeStore.MoveAsync(transaction, change, stopped))
            {
                throw new RondoException(
                    ErrorCode.Conflict,
                    $"Change '{id}' went on at this moment.",
                    "Look at it, and undo it again: rondo endpoints changes show " + id + "."
                );
            }

            var counts = (await ChangeStore.CountsAsync(transaction, [id]))[id];
            var changed = counts.Where(count => count.State == TargetState.Changed).Sum(count => count.Endpoints);
            await AppendAsync(transaction, stopped, ChangeEvent.Stopped, changed);
            return stopped;
        });
    }

    private async ValueTask<(EndpointChange Change, IReadOnlyList<ChangeTarget> Targets)> PlanAsync(
        Session session,
        string project,
        ChangeRequest request,
        Actor actor
    )
    {
        var selected = await SelectAsync(session, project, request);
        var id = ids.New("chg");
        var plans = Planned(selected, request);
        await CheckUnderWayAsync(session, project, plans);
        var changing = plans.Where(plan => plan.Skipped is null).ToList();
        if (changing.Count == 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Nothing would change: {plans[0].Endpoint.Name} {plans[0].Skipped}.",
                "Select other endpoints (--where), or give other values (--set)."
            );
        }

        var ends = ChangeWaves.Of(request.Waves, changing.Count);
        var targets = changing
            .Select((plan, place) => Target(id, plan, 1 + ends.TakeWhile(end => end <= place).Count()))
            .Concat(plans.Where(plan => plan.Skipped is not null).Select(plan => Target(id, plan, 0)))
            .ToList();
        var now = time.GetUtcNow();
        return (
            new EndpointChange(
                id,
                project,
                ChangeState.Running,
                request,
                actor,
                0,
                1,
                ends.Count,
                now,
                now,
                null,
                null
            ),
            targets
        );
    }

    private async ValueTask<IReadOnlyList<ServedEndpoint>> SelectAsync(
        Session session,
        string project,
        ChangeRequest request
    )
    {
        var all = await EndpointStore.ListAsync(session, project);
        var risks = (await catalog.ListAsync(session, project)).ToDictionary(
            model => model.Key,
            model => model.Risk ?? "unknown"
        );
        var patterns = request.Where.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var selected = all.Where(endpoint =>
                patterns.Any(pattern =>
                    FileSystemName.MatchesSimpleExpression(pattern, endpoint.Name, ignoreCase: false)
                )
            )
            .Select(endpoint => (Endpoint: endpoint, Risk: risks.GetValueOrDefault(endpoint.Model, "unknown")))
            .Where(found => request.Risk is null || found.Risk == request.Risk)
            .OrderBy(found => Array.IndexOf(s_risks, found.Risk))
            .ThenBy(found => found.Endpoint.Name, StringComparer.Ordinal)
            .Select(found => found.Endpoint)
            .ToList();
        return selected.Count > 0
            ? selected
            : throw new RondoException(
                ErrorCode.NotFound,
                $"No endpoint of project '{project}' is selected by '{request.Where}'{(request.Risk is { } risk ? $" with risk {risk}" : "")}.",
                all.Count == 0
                    ? "It has no endpoint yet."
                    : "It has: " + string.Join(", ", all.Take(20).Select(endpoint => endpoint.Name)) + "."
            );
    }

    // All that is wrong is said at once, by the name of the endpoint.
    private static List<Plan> Planned(IReadOnlyList<ServedEndpoint> selected, ChangeRequest request)
    {
        var plans = new List<Plan>();
        var wrong = new List<(string Endpoint, SettingProblem Problem)>();
        foreach (var endpoint in selected)
        {
            if (endpoint.Manifest is null)
            {
                plans.Add(new Plan(endpoint, [], "was made by hand, and has no settings"));
                continue;
            }

            var plan = SettingPlan.Of(endpoint.Manifest, request.Set);
            wrong.AddRange(plan.Problems.Select(problem => (endpoint.Name, problem)));
            plans.Add(new Plan(endpoint, plan.Settings, plan.Settings.Count == 0 ? SettingPlan.AsAsked : null));
        }

        if (wrong.Count == 0)
        {
            return plans;
        }

        var first = wrong[0].Problem;
        var same = wrong.Where(found => found.Problem.What == first.What).Select(found => found.Endpoint).ToList();
        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"Of {selected.Count} selected endpoints, {first.What} at {string.Join(", ", same.Take(ProblemsShown))}{(same.Count > ProblemsShown ? $" and {same.Count - ProblemsShown} more" : "")}.",
            $"{first.Mend} Or select others (--where)."
        );
    }

    private static async ValueTask CheckUnderWayAsync(Session session, string project, IReadOnlyList<Plan> plans)
    {
        var wanted = plans.ToDictionary(
            plan => plan.Endpoint.Name,
            plan => plan.Settings.Select(setting => setting.Setting).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        foreach (var other in await ChangeStore.ActiveAsync(session, project))
        {
            foreach (
                var target in await ChangeStore.TargetsAsync(
                    session,
                    other.Id,
                    TargetState.Waiting,
                    TargetState.Changed
                )
            )
            {
                var both = target.Settings.FirstOrDefault(setting =>
                    wanted.TryGetValue(target.Endpoint, out var settings) && settings.Contains(setting.Setting)
                );
                if (both is not null)
                {
                    throw new RondoException(
                        ErrorCode.Conflict,
                        $"Change '{other.Id}' of {other.Actor.Name} is under way and sets {both.Setting} of '{target.Endpoint}', too.",
                        $"Wait until it has ended, or undo it: rondo endpoints changes undo {other.Id} --reason \"…\"."
                    );
                }
            }
        }
    }

    private static ChangeTarget Target(string change, Plan plan, int wave) =>
        new(
            change,
            plan.Endpoint.Name,
            wave,
            plan.Skipped is null ? TargetState.Waiting : TargetState.Skipped,
            plan.Settings,
            plan.Skipped,
            null,
            null
        );

    private async ValueTask<long> AppendAsync(
        Transaction transaction,
        EndpointChange change,
        string type,
        int endpoints
    ) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(
                type,
                change.Project,
                change.Id,
                change.Evidence is { } evidence ? new Actor(evidence.Actor) : change.Actor,
                ChangeEvent.Of(change, endpoints),
                change.Position == 0 ? null : change.Position
            )
        );

    private static void Check(ChangeRequest request)
    {
        CheckReason(request.Reason);
        if (request.Set.Count is 0 or > SettingsMax)
        {
            throw Invalid(
                request.Set.Count == 0 ? "The change sets nothing." : $"The change sets {request.Set.Count} settings.",
                $"Give 1 to {SettingsMax} settings, such as --set drift.psi=0.3."
            );
        }

        if (string.IsNullOrWhiteSpace(request.Where) || request.Where.Length > TextCharsMax)
        {
            throw Invalid("The change selects no endpoint.", "Say which, such as --where \"station-*\".");
        }

        if (request.Set.FirstOrDefault(pair => pair.Key.Length + pair.Value.Length > TextCharsMax) is { Key: not null })
        {
            throw Invalid($"A setting has more than {TextCharsMax} characters.", "No value is as long as that.");
        }

        if (request.Risk is { } risk && !s_risks.Contains(risk, StringComparer.Ordinal))
        {
            throw Invalid($"'{risk}' is no risk.", "Use low, medium, high or unknown.");
        }

        if (SettingValues.TimeMs(request.Bake) is null)
        {
            throw Invalid(
                $"'{request.Bake}' is no time to bake.",
                "Write for example 90s, 10m, 2h or 1d; 3650d is the most."
            );
        }

        _ = ChangeWaves.Of(request.Waves, 1);
        _ = ChangeStops.Of(request.StopWhen);
    }

    private static void CheckReason(string reason)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonCharsMax)
        {
            throw Invalid($"A change needs a reason of 1 to {ReasonCharsMax} characters.", "Say why: --reason \"…\".");
        }
    }

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    private sealed record Plan(ServedEndpoint Endpoint, IReadOnlyList<SettingChange> Settings, string? Skipped);
}
