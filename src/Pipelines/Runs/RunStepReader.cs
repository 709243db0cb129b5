using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>The steps of a run, a page at a time: a run may have tens of thousands.</summary>
internal static class RunStepReader
{
    /// <summary>The most steps of one page.</summary>
    public const int StepsMax = 1_000;

    private static readonly IReadOnlyDictionary<string, double> s_noMetrics = new Dictionary<string, double>(
        StringComparer.Ordinal
    );

    public static async Task<Page<RunStep>> PageAsync(
        Session session,
        string runId,
        PipelineShape shape,
        StepFilter filter,
        bool begun
    )
    {
        var limit = Math.Clamp(filter.Limit ?? StepsMax, 1, StepsMax);
        var rows = await RowsAsync(session, runId, filter, limit + 1);
        var more = rows.Count > limit;
        var kept = rows.Take(limit).ToList();
        var producers = kept.ToDictionary(row => row.NodeId, row => Producers(shape, row), StringComparer.Ordinal);
        var nodes = kept.Select(row => row.NodeId)
            .Concat(producers.Values.SelectMany(of => of.Values))
            .Distinct(StringComparer.Ordinal);
        var outputs = await OutputsAsync(session, runId, nodes);
        var attempts = await AttemptsAsync(session, runId, begun ? [.. kept.Select(row => row.NodeId)] : []);
        var steps = kept.Select(row =>
                ToStep(
                    row,
                    Inputs(shape, row, producers[row.NodeId], outputs),
                    outputs[row.NodeId],
                    attempts[row.NodeId]
                )
            )
            .ToList();
        return new Page<RunStep>(steps, more ? Cursor(kept[^1].Position, kept[^1].Item, kept[^1].NodeId) : null);
    }

    /// <summary>Where a page ended, for the one after it.</summary>
    public static string Cursor(long position, long item, string nodeId) =>
        string.Create(CultureInfo.InvariantCulture, $"{position}/{item}/{nodeId}");

    /// <summary>What a page after this begins behind.</summary>
    public static (long Position, long Item, string Node) ParseCursor(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return (-1, -1, "");
        }

        var parts = cursor.Split('/', 3);
        return
            parts.Length == 3
            && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var position)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var item)
            ? (position, item, parts[2])
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{cursor}' is not where a page of steps ended.",
                "Pass what the page before gave as moreSteps."
            );
    }

    private static ValueTask<IReadOnlyList<StepRow>> RowsAsync(
        Session session,
        string runId,
        StepFilter filter,
        int limit
    )
    {
        var (position, item, node) = ParseCursor(filter.After);
        return session.QueryAsync<StepRow>(
            $"""
            select {StepRow.Columns} from pipelines_step
            where run_id = @runId and (position, item, node_id) > (@position, @item, @node)
                and (@state = '' or state = @state)
                and (@group = '' or node_id = @group or substr(node_id, 1, length(@below)) = @below)
            order by position, item, node_id limit @limit
            """,
            new
            {
                runId,
                position,
                item,
                node,
                state = filter.State ?? "",
                group = filter.Group ?? "",
                below = filter.Group + ".",
                limit,
            }
        );
    }

    // What each input port that takes one artifact takes it from.
    private static Dictionary<string, string> Producers(PipelineShape shape, StepRow row)
    {
        var items = shape.Items(row.Template, row.NodeId);
        return shape[row.Template]
            .Inputs.Where(input => !input.FanIn)
            .ToDictionary(
                input => input.Port,
                input => shape.SourceId(row.Template, items, input.FromNode, fanIn: false),
                StringComparer.Ordinal
            );
    }

    private static async ValueTask<ILookup<string, OutputRow>> OutputsAsync(
        Session session,
        string runId,
        IEnumerable<string> nodes
    ) =>
        (
            await session.QueryAsync<OutputRow>(
                $"""
                select node_id, port, type, digest, size, summary from pipelines_output
                where run_id = @runId and {session.Dialect.IsAmong("node_id", "@nodes")} order by port
                """,
                new { runId, nodes = JsonSerializer.Serialize(nodes) }
            )
        ).ToLookup(output => output.NodeId, StringComparer.Ordinal);

    private static async ValueTask<ILookup<string, AttemptRow>> AttemptsAsync(
        Session session,
        string runId,
        IEnumerable<string> nodes
    ) =>
        (
            await session.QueryAsync<AttemptRow>(
                $"""
                select node_id, attempt, state, started_at, finished_at, error_type, message, mend from pipelines_attempt
                where run_id = @runId and {session.Dialect.IsAmong("node_id", "@nodes")} order by attempt
                """,
                new { runId, nodes = JsonSerializer.Serialize(nodes) }
            )
        ).ToLookup(attempt => attempt.NodeId, StringComparer.Ordinal);

    private static IReadOnlyList<RunStepInput> Inputs(
        PipelineShape shape,
        StepRow row,
        Dictionary<string, string> producers,
        ILookup<string, OutputRow> outputs
    ) =>
        [
            .. shape[row.Template]
                .Inputs.Select(input =>
                {
                    var from = producers.GetValueOrDefault(input.Port);
                    var made = from is null ? null : outputs[from].FirstOrDefault(o => o.Port == input.FromPort);
                    return new RunStepInput(
                        input.Port,
                        input.Type,
                        from ?? input.FromNode,
                        input.FromPort,
                        made is null ? null : Artifact(made)
                    );
                }),
        ];

    private static RunStep ToStep(
        StepRow row,
        IReadOnlyList<RunStepInput> inputs,
        IEnumerable<OutputRow> outputs,
        IEnumerable<AttemptRow> attempts
    ) =>
        new(
            row.NodeId,
            row.Kind,
            row.Step,
            row.State,
            row.Attempt,
            row.ReusedFrom is not null,
            row.ReusedFrom,
            RunRow.Time(row.StartedAt),
            RunRow.Time(row.FinishedAt),
            row.Message,
            row.Mend,
            row.Metrics is null ? s_noMetrics : Json<Dictionary<string, double>>(row.Metrics)!,
            inputs,
            [
                .. outputs.Select(output => new RunStepOutput(
                    output.Port,
                    Artifact(output),
                    output.Summary is null ? null : Json<JsonElement>(output.Summary)
                )),
            ],
            [
                .. attempts.Select(attempt => new RunAttempt(
                    attempt.Attempt,
                    attempt.State,
                    RunRow.Time(attempt.StartedAt)!.Value,
                    RunRow.Time(attempt.FinishedAt),
                    attempt.ErrorType,
                    attempt.Message,
                    attempt.Mend
                )),
            ]
        )
        {
            Template = row.Template,
            Item = row.Item < 0 ? null : row.Item,
            Items = row.Kind == "for-each" ? new RunItems(row.Items, row.ItemsBegun, row.ItemsDone) : null,
            Decision = row.Decision,
        };

    private static ArtifactRef Artifact(OutputRow output) => new(output.Type, output.Digest, output.Size);

    private static T? Json<T>(string text) => JsonSerializer.Deserialize<T>(text, RondoJson.Options);
}
