using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>Reads what runs have logged: a constant number of statements for up to five hundred runs.</summary>
internal static class RunReader
{
    /// <summary>Of more runs the belongings are read in parts.</summary>
    public const int RunsPerStatementMax = 500;

    /// <summary>The runs in the order given.</summary>
    public static async ValueTask<IReadOnlyList<Run>> ReadAsync(Session session, IReadOnlyList<RunInfo> infos)
    {
        var runs = infos.Select(info => new Run(info)).ToList();
        foreach (var chunk in runs.Chunk(RunsPerStatementMax))
        {
            var found = new FoundRuns(chunk);
            var numbers = Numbers(chunk);
            foreach (var (run, ranges) in await LatestMetrics.ReadAsync(session, chunk.Select(run => run.Info.Number)))
            {
                found.Of(run).Metrics.AddRange(ranges.Select(range => range.Latest.ToPoint()));
            }

            await session.ReadRowsAsync(
                ParamsSql(session.Dialect),
                numbers,
                row => found.Of(row.Long(0)).Params.Add(new KeyValue(row.Text(1), row.Text(2)))
            );
            await session.ReadRowsAsync(
                TagsSql(session.Dialect),
                numbers,
                row => found.Of(row.Long(0)).Tags.Add(new KeyValue(row.Text(1), row.Text(2)))
            );
            await ReadInputsAsync(session, chunk);
        }

        return runs;
    }

    /// <summary>The argument of the statements below.</summary>
    public static object Numbers(IEnumerable<Run> runs) =>
        new { numbers = JsonSerializer.Serialize(runs.Select(run => run.Info.Number)) };

    /// <summary>The params of runs: number of the run, key, value; run by run.</summary>
    public static string ParamsSql(Dialect dialect) => PairsSql("tracking_param", dialect);

    /// <summary>The tags of runs: number of the run, key, value; run by run.</summary>
    public static string TagsSql(Dialect dialect) => PairsSql("tracking_tag", dialect);

    private static string PairsSql(string table, Dialect dialect) =>
        $"select run_number, key, value from {table} where {dialect.IsAmongNumbers("run_number", "@numbers")} order by run_number, key";

    /// <summary>Reads what runs have read and made; up to five hundred.</summary>
    public static async ValueTask ReadInputsAsync(Session session, IReadOnlyList<Run> runs)
    {
        var found = new FoundRuns(runs);
        var ids = new { ids = JsonSerializer.Serialize(runs.Select(run => run.Info.Id)) };
        foreach (
            var row in await session.QueryAsync<InputRow>(
                $"""
                select i.run, i.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
                from tracking_input i join tracking_dataset d on d.id = i.dataset
                where {session.Dialect.IsAmong("i.run", "@ids")} order by i.run, i.place
                """,
                ids
            )
        )
        {
            var tags = JsonSerializer.Deserialize<IReadOnlyList<KeyValue>>(row.Tags)!;
            found.Of(row.Run).Datasets.Add(new DatasetInput(row.ToDataset(), tags));
        }

        foreach (
            var (run, direction, model, step) in await session.QueryAsync<(string, string, string, long)>(
                $"""
                select run, direction, model, step from tracking_run_model
                where {session.Dialect.IsAmong("run", "@ids")} order by run, direction, step, model
                """,
                ids
            )
        )
        {
            var links = direction == RunInputs.Input ? found.Of(run).InputModels : found.Of(run).OutputModels;
            links.Add(new ModelLink(model, step));
        }
    }

    /// <summary>The runs by their ids; rows come run by run, so that most are of the one before.</summary>
    private sealed class FoundRuns(IReadOnlyList<Run> runs)
    {
        private readonly Dictionary<long, Run> _byNumber = runs.ToDictionary(run => run.Info.Number);
        private readonly Dictionary<string, Run> _byId = runs.ToDictionary(run => run.Info.Id, StringComparer.Ordinal);
        private Run _last = runs[0];

        public Run Of(long number) => _last.Info.Number == number ? _last : _last = _byNumber[number];

        public Run Of(string id) => _byId[id];
    }

    private sealed record InputRow
    {
        public string Run { get; init; } = "";
        public string Tags { get; init; } = "";
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public string SourceType { get; init; } = "";
        public string Source { get; init; } = "";
        public string? Schema { get; init; }
        public string? Profile { get; init; }

        public RunDataset ToDataset() =>
            new()
            {
                Name = Name,
                Digest = Digest,
                SourceType = SourceType,
                Source = Source,
                Schema = Schema,
                Profile = Profile,
            };
    }
}
