using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Lineage.OpenLineage;

/// <summary>Notes what runs and steps went through, to be told by <see cref="OpenLineageReconciler"/>. Each beginning gets exactly one end, also where a run was called off.</summary>
internal sealed class OpenLineageSubscriber(OutboxStore outbox, TimeProvider time) : EventSubscriber
{
    public const string CursorName = "lineage.openlineage";

    private const string RunCreated = "run.created";
    private const string RunFinished = "run.finished";
    private const string StepStarted = "step.started";
    private const string StepPublished = "step.published";
    private const string StepReused = "step.reused";
    private const string StepFailed = "step.failed";
    private const string StepStopped = "step.stopped";

    // What happened before this server was told where to tell it is left alone.
    private readonly long _startedAt = time.GetUtcNow().ToUnixTimeMilliseconds();

    public override string Name => CursorName;

    public override IReadOnlyCollection<string> Types =>
        [RunCreated, RunFinished, StepStarted, StepPublished, StepReused, StepFailed, StepStopped];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        await outbox.BeginAsync(transaction, _startedAt);
        if (!await outbox.TellsAsync(transaction, e.At.ToUnixTimeMilliseconds()))
        {
            return;
        }

        var events = e.Type switch
        {
            RunCreated => await StartedAsync(transaction, Of(e, OutboxEvent.Start)),
            RunFinished => await FinishedAsync(transaction, e),
            StepStarted => await StartedAsync(transaction, Step(e, OutboxEvent.Start)),
            StepReused => [Step(e, OutboxEvent.Start), Step(e, OutboxEvent.Complete) with { Part = 1 }],
            StepPublished => await EndedAsync(transaction, Step(e, OutboxEvent.Complete)),
            _ => await EndedAsync(transaction, Step(e, OutboxEvent.Fail)),
        };
        if (events.Count > 0)
        {
            await outbox.AddAsync(transaction, events);
        }
    }

    private static async Task<IReadOnlyList<OutboxEvent>> StartedAsync(Transaction transaction, OutboxEvent started)
    {
        await transaction.ExecuteAsync(
            """
            insert into lineage_outbox_open (run_id, node_id, attempt) values (@RunId, @NodeId, @Attempt) on conflict do nothing
            """,
            started
        );
        return [started];
    }

    // What was not told to have begun gets no end either.
    private static async Task<IReadOnlyList<OutboxEvent>> EndedAsync(Transaction transaction, OutboxEvent ended)
    {
        var open = await transaction.ExecuteAsync(
            "delete from lineage_outbox_open where run_id = @RunId and node_id = @NodeId and attempt = @Attempt",
            ended
        );
        return open == 1 ? [ended] : [];
    }

    // Attempts that the end of their run has called off say nothing themselves.
    private static async Task<IReadOnlyList<OutboxEvent>> FinishedAsync(Transaction transaction, LoggedEvent e)
    {
        var type = Text(e, "state") switch
        {
            "succeeded" => OutboxEvent.Complete,
            "cancelled" => OutboxEvent.Abort,
            _ => OutboxEvent.Fail,
        };
        var run = Of(e, type) with { Message = Text(e, "reason") };
        var open = await transaction.QueryAsync<OutboxEvent>(
            "select run_id, node_id, attempt from lineage_outbox_open where run_id = @RunId order by node_id desc, attempt",
            run
        );
        await transaction.ExecuteAsync("delete from lineage_outbox_open where run_id = @RunId", run);
        return
        [
            .. open.Select(
                (one, i) =>
                    run with
                    {
                        Part = i,
                        NodeId = one.NodeId,
                        Attempt = one.Attempt,
                        EventType = one.IsStep ? OutboxEvent.Abort : type,
                    }
            ),
        ];
    }

    private static OutboxEvent Of(LoggedEvent e, string type) =>
        new()
        {
            Position = e.Position,
            EventType = type,
            RunId = Text(e, "runId") ?? e.Subject,
            At = e.At.ToUnixTimeMilliseconds(),
        };

    private static OutboxEvent Step(LoggedEvent e, string type) =>
        Of(e, type) with
        {
            NodeId = Text(e, "nodeId") ?? "",
            Attempt = e.Data.TryGetProperty("attempt", out var attempt) ? attempt.GetInt64() : 0,
            Message = Text(e, "message"),
        };

    private static string? Text(LoggedEvent e, string name) =>
        e.Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
