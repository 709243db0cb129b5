using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>
/// Says why each step of a run was computed or reused, by comparing the whole record of its key with that of the latest earlier run of the
/// same step.
/// </summary>
public sealed class RunExplainer
{
    private const int StepsMax = 500;

    // A step that none of so many runs has computed counts as new.
    private const int EarlierRunsMax = 50;

    private readonly Database _database;
    private readonly PipelineVersions _versions;

    internal RunExplainer(Database database, PipelineVersions versions)
    {
        _database = database;
        _versions = versions;
    }

    /// <summary>Explains a page of steps; of one step, or of all items of one, where a step is named.</summary>
    public Task<RunExplanation> ExplainAsync(string runId, string? step = null, string? after = null) =>
        _database.ReadAsync(async session =>
        {
            var run = await RunReader.InfoAsync(session, runId);
            var shape = await _versions.GetAsync(session, run.VersionId);
            var rows = await RowsAsync(session, runId, step, after);
            if (rows.Count == 0 && step is not null && after is null)
            {
                throw NoStep(runId, step, shape);
            }

            var kept = rows.Take(StepsMax).ToList();
            var runs = await EarlierRunsAsync(session, run);
            var wanted = kept.Where(row => row.IsComputed).Select(row => row.NodeId);
            var earlier = await RecordsAsync(session, runs, wanted);
            return new RunExplanation(
                runId,
                runs.Count > 0 ? runs[0] : null,
                runs.Count > 0 ? await SourcesAsync(session, run, runs[0]) : [],
                [.. kept.Select(row => Explain(shape, row, earlier.GetValueOrDefault(row.NodeId)))],
                rows.Count > StepsMax ? RunStepReader.Cursor(kept[^1].Position, kept[^1].Item, kept[^1].NodeId) : null
            );
        });

    private static ValueTask<IReadOnlyList<KeyRow>> RowsAsync(
        Session session,
        string runId,
        string? step,
        string? after
    )
    {
        var (position, item, node) = RunStepReader.ParseCursor(after);
        return session.QueryAsync<KeyRow>(
            """
            select run_id, node_id, template, position, item, state, decision, message, reused_from, record from pipelines_step
            where run_id = @runId and (position, item, node_id) > (@position, @item, @node)
                and kind not in ('dataset', 'serving-model') and (@step = '' or node_id = @step or template = @step)
            order by position, item, node_id limit @limit
            """,
            new
            {
                runId,
                position,
                item,
                node,
                step = step ?? "",
                limit = StepsMax + 1,
            }
        );
    }

    private static async ValueTask<IReadOnlyList<string>> EarlierRunsAsync(Session session, RunInfo run) =>
        await session.QueryAsync<string>(
            """
            select id from pipelines_run
            where project = @Project and pipeline = @Pipeline and environment = @Environment and id < @Id
            order by id desc limit @EarlierRunsMax
            """,
            new
            {
                run.Project,
                run.Pipeline,
                run.Environment,
                run.Id,
                EarlierRunsMax,
            }
        );

    // The latest record of each step, run by run: as a rule the run before has them all.
    private static async ValueTask<Dictionary<string, KeyRow>> RecordsAsync(
        Session session,
        IReadOnlyList<string> runs,
        IEnumerable<string> nodes
    )
    {
        var wanted = nodes.ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, KeyRow>(StringComparer.Ordinal);
        foreach (var runId in runs)
        {
            if (wanted.Count == 0)
            {
                break;
            }

            var rows = await session.QueryAsync<KeyRow>(
                """
                select run_id, node_id, template, position, item, state, decision, message, reused_from, record from pipelines_step
                where run_id = @runId and node_id in @wanted and record is not null
                """,
                new { runId, wanted }
            );
            foreach (var row in rows)
            {
                found.Add(row.NodeId, row);
                wanted.Remove(row.NodeId);
            }
        }

        return found;
    }

    private static async ValueTask<IReadOnlyList<SourceChange>> SourcesAsync(
        Session session,
        RunInfo run,
        string before
    )
    {
        var old = Sources(
            await session.ScalarAsync<string>("select sources from pipelines_run where id = @before", new { before })
        );
        var now = Sources(run.Sources);
        return
        [
            .. old
                .Keys.Union(now.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(node => (Old: old.GetValueOrDefault(node), Now: now.GetValueOrDefault(node)))
                .Where(pair => pair.Old?.Artifact.Digest != pair.Now?.Artifact.Digest)
                .Select(pair => new SourceChange(
                    (pair.Now ?? pair.Old)!.Name,
                    VersionRows.KindName((pair.Now ?? pair.Old)!.Kind),
                    pair.Old?.Version,
                    pair.Now?.Version
                )),
        ];
    }

    private static StepExplanation Explain(PipelineShape shape, KeyRow row, KeyRow? earlier)
    {
        IReadOnlyList<KeyChange> changes =
            earlier is not null && row.Record is not null ? Changes(shape, row, earlier) : [];
        return new StepExplanation(
            row.NodeId,
            row.State,
            row.Decision,
            Why(row, earlier, changes),
            row.IsComputed ? earlier?.RunId : null,
            row.IsComputed ? changes : []
        );
    }

    private static string Why(KeyRow row, KeyRow? earlier, IReadOnlyList<KeyChange> changes) =>
        row.Decision switch
        {
            StepDecisions.Reused => "nothing that decides what it makes has changed",
            StepDecisions.Resumed => $"run {row.ReusedFrom} had computed it, and this run goes on from there",
            StepDecisions.NotCached => "what it makes is never used again (its cache is off)",
            StepDecisions.Fresh => "the run was to compute every step",
            StepDecisions.Expired => "what it made is older than it may be",
            StepDecisions.BytesGone => "bytes of what it made are gone from the store",
            StepDecisions.New when earlier is null => "it never ran before",
            StepDecisions.New when changes.Count > 0 => $"something has changed since run {earlier.RunId}",
            StepDecisions.New when earlier.State != StepStates.Succeeded =>
                $"in run {earlier.RunId} it did not succeed, and only what succeeded is used again",
            StepDecisions.New => $"nothing has changed since run {earlier.RunId}, but what it made there is not kept",
            _ => row.Message ?? "it is not its turn yet",
        };

    private static IReadOnlyList<KeyChange> Changes(PipelineShape shape, KeyRow row, KeyRow earlier)
    {
        var node = shape[row.Template];
        return
        [
            .. IdentityComparison
                .Compare(Identity(earlier.Record!), Identity(row.Record!))
                .Select(change => new KeyChange(
                    change.Part,
                    change.Name,
                    change.Before,
                    change.After,
                    change.Part == IdentityPart.Input ? From(shape, node, change.Name!) : null
                )),
        ];
    }

    private static string? From(PipelineShape shape, NodeManifest node, string port)
    {
        var input = node.Inputs.FirstOrDefault(i =>
            i.Port == port || (i.FanIn && port.StartsWith(i.Port + ".", StringComparison.Ordinal))
        );
        if (input is null)
        {
            return null;
        }

        var source = shape[input.FromNode];
        return source.Kind switch
        {
            NodeKind.Dataset => $"dataset {source.Source}",
            NodeKind.ServingModel => $"the serving model {source.Source}",
            _ => $"{input.FromNode}.{input.FromPort}",
        };
    }

    private static StepIdentity Identity(string record) =>
        JsonSerializer.Deserialize<StepIdentity>(record, RondoJson.Options)!;

    private static Dictionary<string, RunSource> Sources(string? text) =>
        JsonSerializer.Deserialize<Dictionary<string, RunSource>>(text ?? "{}", RondoJson.Options)!;

    private static RondoException NoStep(string runId, string step, PipelineShape shape) =>
        new(
            ErrorCode.NotFound,
            $"Run {runId} has no step '{step}', or has not come to it.",
            $"Its pipeline has {string.Join(", ", shape.Manifest.Nodes.Where(n => !PipelineShape.IsSource(n)).Take(50).Select(n => n.Id))}."
        );

    private sealed record KeyRow
    {
        public string RunId { get; init; } = "";
        public string NodeId { get; init; } = "";
        public string Template { get; init; } = "";
        public long Position { get; init; }
        public long Item { get; init; }
        public string State { get; init; } = "";
        public string? Decision { get; init; }
        public string? Message { get; init; }
        public string? ReusedFrom { get; init; }
        public string? Record { get; init; }

        /// <summary>What was reused is told without a comparison.</summary>
        public bool IsComputed => Record is not null && Decision is not (StepDecisions.Reused or StepDecisions.Resumed);
    }
}
