using Cronos;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>What must hold of the triggers of a manifest before it may be deployed: a trigger that could never fire, or fire without end, is refused.</summary>
internal static class TriggerChecks
{
    private const int TriggersMax = 50;
    private const int WhereMax = 20;

    private static readonly TimeSpan s_budgetPeriodMin = TimeSpan.FromSeconds(1);
    private static readonly string[] s_finalStates =
    [
        RunStates.Succeeded,
        RunStates.Failed,
        RunStates.Stopped,
        RunStates.Cancelled,
    ];

    /// <summary>The triggers of all pipelines of the manifest, each by itself and together.</summary>
    public static void Check(Manifest manifest)
    {
        foreach (var pipeline in manifest.Pipelines)
        {
            Check(pipeline);
        }

        CheckStartedBy(manifest);
    }

    private static void Check(PipelineManifest pipeline)
    {
        var place = $"Pipeline '{pipeline.Name}'";
        if (pipeline.Partitions is { } partitions)
        {
            PartitionRules.Check(place, partitions);
        }

        if (pipeline.Triggers.Count > TriggersMax)
        {
            throw Refused($"{place} has {pipeline.Triggers.Count} triggers, more than {TriggersMax}.");
        }

        if (pipeline.Budget is { } budget && Wrong(budget) is { } because)
        {
            throw Refused($"{place} has a budget {because}.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trigger in pipeline.Triggers)
        {
            var one = $"{place}, trigger '{trigger.Kind}'";
            if (Wrong(trigger) is { } wrong)
            {
                throw Refused($"{one} {wrong}.");
            }

            if (WrongFor(pipeline, trigger) is { } misfit)
            {
                throw Refused($"{one} {misfit}.");
            }

            if (!seen.Add(TriggerId.Of(trigger)))
            {
                throw Refused($"{one} is declared twice.");
            }
        }
    }

    private static string? Wrong(TriggerManifest trigger) =>
        trigger.Kind switch
        {
            TriggerKinds.Schedule => WrongSchedule(trigger),
            TriggerKinds.NewRows when trigger.Dataset is null || trigger.Rows is not > 0 =>
                "names no dataset, or no number of rows",
            TriggerKinds.NewVersions when trigger.Dataset is null || trigger.Versions is not > 0 =>
                "names no dataset, or no number of versions",
            TriggerKinds.Drift or TriggerKinds.Degraded when trigger.Endpoint is null => "names no endpoint",
            TriggerKinds.Pipeline => WrongStates(trigger),
            TriggerKinds.Event => WrongEvent(trigger),
            TriggerKinds.NewRows
            or TriggerKinds.NewVersions
            or TriggerKinds.Drift
            or TriggerKinds.Degraded
            or TriggerKinds.Release => null,
            _ => "is of a kind that this server does not know",
        } ?? WrongOverlap(trigger);

    private static string? WrongFor(PipelineManifest pipeline, TriggerManifest trigger) =>
        pipeline.Partitions?.Kind == PartitionKinds.List
        && trigger.Kind is not (TriggerKinds.Event or TriggerKinds.Pipeline)
            ? "cannot say which partition its run is for: partitions of a list are started by hand, by a backfill, by an event or by another pipeline"
            : null;

    private static string? WrongSchedule(TriggerManifest trigger)
    {
        if (trigger.CatchUp is not (null or CatchUp.None or CatchUp.Latest or CatchUp.All))
        {
            return $"has the catch-up policy '{trigger.CatchUp}': there is {CatchUp.None}, {CatchUp.Latest} and {CatchUp.All}";
        }

        if (trigger.StartAt > trigger.EndAt)
        {
            return $"ends at {trigger.EndAt:O}, before it starts at {trigger.StartAt:O}";
        }

        try
        {
            return
                Schedule.Of(trigger).NextAfter(trigger.StartAt ?? DateTimeOffset.UnixEpoch) is null
                && trigger.EndAt is null
                ? $"has the schedule '{trigger.Cron}', whose time never comes"
                : null;
        }
        catch (CronFormatException e)
        {
            return $"has the schedule '{trigger.Cron}', which is not a cron line: {e.Message.TrimEnd('.')}";
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            return $"names the time zone '{trigger.TimeZone}', which does not exist";
        }
    }

    private static string? WrongOverlap(TriggerManifest trigger) =>
        trigger.Overlap is null or Overlap.Skip or Overlap.Queue or Overlap.CancelPrevious
            ? null
            : $"has the overlap policy '{trigger.Overlap}': there is {Overlap.Skip}, {Overlap.Queue} and {Overlap.CancelPrevious}";

    private static string? WrongStates(TriggerManifest trigger) =>
        string.IsNullOrEmpty(trigger.Pipeline) ? "names no pipeline"
        : trigger.States?.FirstOrDefault(state => !s_finalStates.Contains(state, StringComparer.Ordinal)) is { } wrong
            ? $"waits for the state '{wrong}', in which no run ends: there is {string.Join(", ", s_finalStates)}"
        : trigger.States is { Count: 0 } ? "waits for no state"
        : null;

    private static string? WrongEvent(TriggerManifest trigger) =>
        !EventTypes.IsType(trigger.Event)
            ? $"waits for the event '{trigger.Event}', which is not a type: two or more words of small letters and digits with dots between them"
        : EventTypes.FamilyOf(trigger.Event) == EventTypes.TriggerFamily
            ? $"waits for the event '{trigger.Event}', which triggers themselves append: it would go on without end"
        : trigger.Where?.Count > WhereMax ? $"has {trigger.Where.Count} conditions, more than {WhereMax}"
        : null;

    private static string? Wrong(BudgetManifest budget)
    {
        var longest = TriggerPolicy.BudgetPeriodMax;
        return budget.Runs < 1 ? $"of {budget.Runs} runs, with which no trigger could ever start one"
            : budget.PerMs < s_budgetPeriodMin.TotalMilliseconds || budget.PerMs > longest.TotalMilliseconds
                ? $"for {budget.PerMs} milliseconds: a period has one second to {longest.TotalDays} days"
            : null;
    }

    // Pipelines that start each other must not do so in a circle.
    private static void CheckStartedBy(Manifest manifest)
    {
        var startedBy = manifest.Pipelines.ToDictionary(
            pipeline => pipeline.Name,
            pipeline =>
                pipeline
                    .Triggers.Where(t => t.Kind == TriggerKinds.Pipeline)
                    .Select(t => t.Pipeline!)
                    .Distinct(StringComparer.Ordinal)
                    .ToList(),
            StringComparer.Ordinal
        );
        foreach (var (name, others) in startedBy)
        {
            if (others.Find(other => !startedBy.ContainsKey(other)) is { } unknown)
            {
                throw Refused(
                    $"Pipeline '{name}', trigger '{TriggerKinds.Pipeline}' names the pipeline '{unknown}', which the project does not declare."
                );
            }
        }

        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in startedBy.Keys)
        {
            Follow(name, startedBy, [], done);
        }
    }

    private static void Follow(
        string name,
        Dictionary<string, List<string>> startedBy,
        List<string> path,
        HashSet<string> done
    )
    {
        var met = path.IndexOf(name);
        if (met >= 0)
        {
            // The path was walked from what is started to what starts it.
            var circle = path[met..].Append(name).Reverse();
            throw Refused($"Pipelines start each other in a circle: {string.Join(" → ", circle)}.");
        }

        if (!done.Add(name))
        {
            return;
        }

        path.Add(name);
        foreach (var other in startedBy[name])
        {
            Follow(other, startedBy, path, done);
        }

        path.RemoveAt(path.Count - 1);
    }

    private static RondoException Refused(string what) =>
        new(ErrorCode.InvalidArgument, what, "Correct the project, and push again.");
}
