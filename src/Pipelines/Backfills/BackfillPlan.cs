using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Backfills;

/// <summary>Which partitions a backfill is of, and what run each of them gets. No database.</summary>
internal static class BackfillPlan
{
    /// <summary>The most partitions of one backfill.</summary>
    public const int PartitionsMax = 10_000;

    /// <summary>The most runs of one backfill that may be under way at once.</summary>
    public const int ParallelMax = 100;

    /// <summary>By how much the priority of its runs is lower than that of the pipeline's others.</summary>
    public const int PriorityLower = 10;

    private const int ReasonMax = 1000;

    /// <summary>The partitions of the range, in their order. What cannot be meant is refused.</summary>
    public static IReadOnlyList<PartitionPlace> RangeOf(NewBackfill wish, PipelineManifest pipeline, DateTimeOffset now)
    {
        Check(wish);
        _ = PartitionStore.Partitioned(pipeline);
        var (from, to) = (
            PartitionRules.Require(pipeline, wish.From, now)!,
            PartitionRules.Require(pipeline, wish.To, now)!
        );
        if (from.Position > to.Position)
        {
            throw Refused(
                $"The range from {wish.From} to {wish.To} is empty: it begins after it ends.",
                $"Say --from {wish.To} --to {wish.From}."
            );
        }

        if (to.Position - from.Position >= PartitionsMax)
        {
            throw Refused(
                $"The range from {wish.From} to {wish.To} has {to.Position - from.Position + 1} partitions; a backfill has at most {PartitionsMax}.",
                "Fill it in parts."
            );
        }

        var scheme = PartitionScheme.Of(pipeline.Partitions!);
        var range = new List<PartitionPlace>();
        for (var position = from.Position; position <= to.Position; position++)
        {
            if (scheme.At(position) is { } place)
            {
                range.Add(place);
            }
        }

        return range;
    }

    /// <summary>Those of the range for which there is something to do; an error where there are none.</summary>
    public static IReadOnlyList<PartitionPlace> Choose(
        NewBackfill wish,
        IReadOnlyList<PartitionPlace> range,
        IReadOnlyDictionary<string, PartitionRun> newest
    )
    {
        var chosen = range.Where(p => BackfillOnly.Takes(wish.Only, newest.GetValueOrDefault(p.Key)?.State)).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"There is nothing to do: of the {range.Count} partitions from {wish.From} to {wish.To}, none {(wish.Only == BackfillOnly.Failed ? "has failed" : "is missing")}.",
                $"See them with 'rondo partitions {wish.Pipeline}', or run them all again with --only {BackfillOnly.All}."
            );
    }

    /// <summary>The run of one partition.</summary>
    public static NewRun RunOf(BackfillRow backfill, string key, DateTimeOffset? asOf) =>
        new(
            backfill.Project,
            backfill.Environment,
            backfill.Pipeline,
            backfill.ParametersOf,
            TriggerKinds.Backfill,
            JsonSerializer.SerializeToElement(
                new
                {
                    Backfill = backfill.Id,
                    From = backfill.FromKey,
                    To = backfill.ToKey,
                    Partition = key,
                    backfill.Reason,
                },
                RondoJson.Options
            ),
            backfill.ActorOf,
            backfill.CreatedPosition,
            asOf
        )
        {
            Partition = key,
            Fresh = backfill.Fresh == 1,
            Priority = (int)backfill.Priority,
            Backfill = backfill.Id,
        };

    /// <summary>The row of a new backfill.</summary>
    public static BackfillRow RowOf(NewBackfill wish, PipelineManifest pipeline, Actor actor) =>
        new()
        {
            Project = wish.Project,
            Environment = wish.Environment,
            Pipeline = wish.Pipeline,
            FromKey = wish.From,
            ToKey = wish.To,
            OnlyThose = wish.Only,
            Parallel = wish.Parallel,
            Fresh = wish.Fresh ? 1 : 0,
            Priority = wish.Priority ?? pipeline.Priority - PriorityLower,
            Parameters = JsonSerializer.Serialize(wish.Parameters, RondoJson.Options),
            Reason = wish.Reason,
            State = BackfillStates.Running,
            Actor = actor.Name,
        };

    private static void Check(NewBackfill wish)
    {
        if (wish.Parallel is < 1 or > ParallelMax)
        {
            throw Refused($"{wish.Parallel} runs at once cannot be.", $"Say 1 to {ParallelMax}.");
        }

        if (wish.Only is not (BackfillOnly.Missing or BackfillOnly.Failed or BackfillOnly.All))
        {
            throw Refused(
                $"'{wish.Only}' does not say which partitions to run.",
                $"Say {BackfillOnly.Missing}, {BackfillOnly.Failed} or {BackfillOnly.All}."
            );
        }

        if (wish.Reason?.Length > ReasonMax)
        {
            throw Refused(
                $"The reason has {wish.Reason.Length} characters, more than {ReasonMax}.",
                "Say it shorter, and name where more is written."
            );
        }
    }

    private static RondoException Refused(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
