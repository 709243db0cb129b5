using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>A release, as far as triggers are concerned: when, and how far the event log was.</summary>
internal sealed record TriggerRelease(string Project, string Environment, DateTimeOffset At, long Position);

/// <summary>
/// Puts the triggers of a release in the place of those before it. What a trigger has seen survives, as long as it is declared
/// unchanged; a changed one starts anew from now. A pause survives both.
/// </summary>
internal static class TriggerMarks
{
    public static async ValueTask ReplaceAsync(
        Transaction transaction,
        TriggerRelease release,
        IReadOnlyList<PipelineManifest> pipelines
    )
    {
        var before = await transaction.QueryAsync<TriggerRow>(
            TriggerRow.Select + " where project = @Project and environment = @Environment",
            release
        );
        await transaction.ExecuteAsync(
            "delete from pipelines_trigger where project = @Project and environment = @Environment",
            release
        );
        var pauses = await transaction.QueryAsync<PauseRow>(
            PauseRow.Select + " where project = @Project and environment = @Environment",
            release
        );
        var now = pipelines
            .SelectMany(pipeline => pipeline.Triggers.Select((trigger, i) => New(release, pipeline, trigger, i)))
            .ToList();
        foreach (var (pause, to) in Moved(before, now, pauses))
        {
            await MovePauseAsync(transaction, pause, to);
        }

        var held = await transaction.QueryAsync<PauseRow>(
            PauseRow.Select + " where project = @Project and environment = @Environment",
            release
        );
        await InsertAsync(transaction, [.. now.Select(row => Carry(row, before, held, release.At))]);
    }

    /// <summary>A trigger with what it had seen before, where it was there before.</summary>
    public static TriggerRow Carry(
        TriggerRow row,
        IReadOnlyList<TriggerRow> before,
        IReadOnlyList<PauseRow> pauses,
        DateTimeOffset now
    )
    {
        var id = TriggerId.Of(row.Manifest);
        var paused = pauses.Any(pause => pause.Holds(row));
        var mark = before.FirstOrDefault(old =>
            old.Pipeline == row.Pipeline && old.Kind == row.Kind && TriggerId.Of(old.Manifest) == id
        );
        if (mark is not null)
        {
            return mark with { Position = row.Position, Body = row.Body };
        }

        return row with
        {
            NextAt = paused ? null : NextAfter(row.Manifest, now)?.ToUnixTimeMilliseconds(),
            MarkedAt = now.ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>
    /// Pauses of single triggers that a release has changed: they go on to the trigger of the same kind in the same place. Whoever
    /// stopped it did not mean its exact words.
    /// </summary>
    public static IReadOnlyList<(PauseRow Pause, string To)> Moved(
        IReadOnlyList<TriggerRow> before,
        IReadOnlyList<TriggerRow> now,
        IReadOnlyList<PauseRow> pauses
    )
    {
        var moved = new List<(PauseRow, string)>();
        foreach (var pause in pauses.Where(pause => pause.TriggerId.Length > 0))
        {
            if (now.Any(pause.Holds) || before.FirstOrDefault(pause.Holds) is not { } old)
            {
                continue;
            }

            var next = now.FirstOrDefault(row =>
                row.Pipeline == old.Pipeline && row.Kind == old.Kind && row.Position == old.Position
            );
            if (next is not null)
            {
                moved.Add((pause, TriggerId.Of(next.Manifest)));
            }
        }

        return moved;
    }

    /// <summary>The first time of a schedule after an instant; null for every other trigger.</summary>
    public static DateTimeOffset? NextAfter(TriggerManifest trigger, DateTimeOffset after) =>
        trigger.Kind == TriggerKinds.Schedule ? Schedule.Of(trigger).NextAfter(after) : null;

    private static TriggerRow New(
        TriggerRelease release,
        PipelineManifest pipeline,
        TriggerManifest trigger,
        int position
    ) =>
        new()
        {
            Project = release.Project,
            Environment = release.Environment,
            Pipeline = pipeline.Name,
            Position = position,
            Kind = trigger.Kind,
            Body = JsonSerializer.Serialize(trigger, RondoJson.Options),
            Since = release.Position,
        };

    private static async ValueTask MovePauseAsync(Transaction transaction, PauseRow pause, string to)
    {
        await transaction.ExecuteAsync(
            """
            delete from pipelines_pause
            where project = @Project and environment = @Environment and pipeline = @Pipeline and trigger_id = @TriggerId
            """,
            pause
        );
        await transaction.ExecuteAsync(
            """
            insert into pipelines_pause (project, environment, pipeline, trigger_id, paused_at, paused_by, reason)
            values (@Project, @Environment, @Pipeline, @TriggerId, @PausedAt, @PausedBy, @Reason)
            on conflict do nothing
            """,
            pause with
            {
                TriggerId = to,
            }
        );
    }

    private static ValueTask InsertAsync(Transaction transaction, IReadOnlyList<TriggerRow> rows) =>
        RowInsert.IntoAsync(
            transaction,
            "pipelines_trigger",
            [
                "project",
                "environment",
                "pipeline",
                "position",
                "kind",
                "body",
                "next_at",
                "marked_at",
                "last_version",
                "deferred",
                "since",
                "event_type",
                "fired_at",
                "fired_run",
                "skipped_at",
                "skipped_reason",
            ],
            rows.Select(row =>
                new object?[]
                {
                    row.Project,
                    row.Environment,
                    row.Pipeline,
                    row.Position,
                    row.Kind,
                    row.Body,
                    row.NextAt,
                    row.MarkedAt,
                    row.LastVersion,
                    row.Deferred,
                    row.Since,
                    row.Manifest.Event,
                    row.FiredAt,
                    row.FiredRun,
                    row.SkippedAt,
                    row.SkippedReason,
                }
            )
        );
}
