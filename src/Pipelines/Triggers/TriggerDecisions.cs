using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>A reason that was looked into: with a run that could be started, or why none can. <paramref name="Cause"/> is the event behind it.</summary>
internal sealed record Decision(
    FiredTrigger Fired,
    DeployedPipeline Pipeline,
    long? Cause,
    PreparedRun? Run,
    string? Refusal
);

/// <summary>Makes runs of reasons. Preparing looks around; deciding writes down the run, or why there is none, in the caller's transaction.</summary>
internal sealed class TriggerDecisions(
    TriggerStore store,
    PipelineCatalog catalog,
    RunWriter writer,
    EventLog log,
    TimeProvider time
)
{
    private static readonly Dictionary<string, JsonElement> s_noParameters = new(StringComparer.Ordinal);

    /// <summary>Null when the pipeline is not deployed any more.</summary>
    public async Task<Decision?> PrepareAsync(FiredTrigger fired, long? cause)
    {
        var (trigger, firing) = (fired.Trigger, fired.Firing);
        if (await catalog.FindAsync(trigger.Project, trigger.Environment, trigger.Pipeline) is not { } pipeline)
        {
            return null;
        }

        if (fired.Refusal is not null)
        {
            return new Decision(fired, pipeline, cause, null, fired.Refusal);
        }

        try
        {
            var wish = new NewRun(
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                s_noParameters,
                trigger.Kind,
                firing.Evidence,
                ActorOf(trigger),
                cause,
                firing.AsOf
            )
            {
                Partition = PartitionRules.Choose(pipeline.Manifest, firing.Partition, At(trigger, firing)),
                WhenBusy =
                    trigger.Manifest.Overlap == Overlap.CancelPrevious ? WhenBusy.CancelPrevious : WhenBusy.Queue,
                RunsMax = TriggerPolicy.RunsMaxOf(pipeline.Manifest),
            };
            return new Decision(fired, pipeline, cause, await writer.PrepareAsync(wish), null);
        }
        catch (RondoException e) when (e.Code is not ErrorCode.Unavailable)
        {
            return new Decision(fired, pipeline, cause, null, e.What);
        }
    }

    /// <summary>Keeps others from deciding about the pipeline; false when another version is deployed by now, and all must be looked into again.</summary>
    public async ValueTask<bool> HoldAsync(Transaction transaction, Decision decision) =>
        (decision.Run is not { } run || run.Code.VersionId == decision.Pipeline.VersionId)
        && await TriggerWriting.HoldPipelineAsync(transaction, decision.Fired.Trigger, decision.Pipeline.VersionId);

    public async Task DecideAsync(Transaction transaction, Decision decision)
    {
        var (trigger, firing) = (decision.Fired.Trigger, decision.Fired.Firing);
        var (manifest, now) = (decision.Pipeline.Manifest, time.GetUtcNow());
        var history = await TriggerHistories.ReadAsync(transaction, trigger, manifest, now);
        var objection = decision.Refusal ?? TriggerPolicy.Objection(manifest, trigger.Manifest, firing, history, now);
        if (objection is not null)
        {
            var skipped = new Skipped($"{firing.Reason}; not started: {objection}", now, LooksAgain(trigger, history));
            await SkipAsync(transaction, trigger, skipped, firing.Evidence, decision.Cause);
            return;
        }

        var run = decision.Run!;
        var answer = new NewFiring(decision.Fired.Answers, run.Id, now, decision.Fired.DatasetVersion);
        if (!await TriggerWriting.FireAsync(transaction, trigger, answer))
        {
            return;
        }

        var data = new TriggerFiredEvent(
            trigger.Pipeline,
            trigger.Environment,
            trigger.Kind,
            firing.Reason,
            run.Id,
            firing.Evidence
        );
        var position = await log.AppendAsync(
            transaction,
            new NewEvent(
                TriggerFiredEvent.Type,
                trigger.Project,
                trigger.Pipeline,
                ActorOf(trigger),
                data,
                decision.Cause
            )
        );
        await writer.InsertAsync(transaction, run with { Wish = run.Wish with { Cause = position } });
    }

    /// <summary>Says of times of a schedule that nobody will make up for them.</summary>
    public async Task PassOverAsync(Transaction transaction, TriggerRow trigger, ScheduleStep step)
    {
        var evidence = JsonSerializer.SerializeToElement(
            new
            {
                missed = step.Missed,
                missedFrom = step.MissedFrom,
                missedTo = step.MissedTo,
            }
        );
        var reason =
            $"{TriggerRules.Missed(step)}; not started: catch-up is {trigger.Manifest.CatchUp}"
            + (trigger.Manifest.CatchUp == CatchUp.All ? $", for at most {CatchUp.TimesMax} times" : "");
        await SkipAsync(transaction, trigger, new Skipped(reason, time.GetUtcNow(), false), evidence, cause: null);
    }

    /// <summary>Whether the pipeline has as many runs under way as it may.</summary>
    public async Task<bool> IsBusyAsync(TriggerRow trigger) =>
        await catalog.FindAsync(trigger.Project, trigger.Environment, trigger.Pipeline) is { } pipeline
        && await store.IsBusyAsync(trigger, pipeline.Manifest);

    private async Task SkipAsync(
        Transaction transaction,
        TriggerRow trigger,
        Skipped skipped,
        JsonElement evidence,
        long? cause
    )
    {
        var data = new TriggerSkippedEvent(
            trigger.Pipeline,
            trigger.Environment,
            trigger.Kind,
            skipped.Reason,
            evidence
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(TriggerSkippedEvent.Type, trigger.Project, trigger.Pipeline, ActorOf(trigger), data, cause)
        );
        await TriggerWriting.SkipAsync(transaction, trigger, skipped);
    }

    // New data that found a run under way are looked at again when it has finished.
    private static bool LooksAgain(TriggerRow trigger, TriggerHistory history) =>
        trigger.Kind is TriggerKinds.NewRows or TriggerKinds.NewVersions && history.UnderWay.Count > 0;

    // A schedule's run is for what was complete when its time came.
    private DateTimeOffset At(TriggerRow trigger, Firing firing) =>
        trigger.Kind == TriggerKinds.Schedule && firing.AsOf is { } due ? due : time.GetUtcNow();

    private static Actor ActorOf(TriggerRow trigger) => new("trigger:" + trigger.Kind);
}
