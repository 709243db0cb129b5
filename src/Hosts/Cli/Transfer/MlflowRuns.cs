using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The runs of an MLflow database with what they logged, in the order of their ids.</summary>
internal sealed class MlflowRuns(MlflowTables tables, ChosenExperiments chosen, SourceProblems problems)
{
    private const int PageMax = 200;
    private const int PagesMax = 10_000_000;
    private const int PointsMax = 5000;
    private const string RunNameTag = "mlflow.runName";

    public async IAsyncEnumerable<TransferRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        (string First, string Last)? range = null;
        for (var page = 0; page < PagesMax; page++)
        {
            var (runs, read) = await PageAsync(range?.Last, cancellation);
            if (read is not { } found)
            {
                yield break;
            }

            range = found;
            IReadOnlyList<(string, object)> between = [("@first", found.First), ("@last", found.Last)];
            var pairs = (
                Params: await PairsAsync("params", between, cancellation),
                Tags: await PairsAsync("tags", between, cancellation)
            );
            foreach (var run in runs)
            {
                yield return Complete(
                    run,
                    pairs.Params.Of(run.Id, run, problems),
                    pairs.Tags.Of(run.Id, run, problems)
                );
                await foreach (var points in PointsAsync(run.Id, cancellation))
                {
                    yield return points;
                }
            }

            var ids = runs.Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var record in await InputsAsync(ids, between, cancellation))
            {
                yield return record;
            }

            foreach (var record in await ModelsAsync(ids, between, cancellation))
            {
                yield return record;
            }
        }
    }

    // A page counts all runs, so that those of other experiments do not make it endless.
    private async Task<(List<RunRecord> Runs, (string First, string Last)? Read)> PageAsync(
        string? after,
        CancellationToken cancellation
    )
    {
        var runs = new List<RunRecord>();
        (string First, string Last)? read = null;
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select run_uuid, experiment_id, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri,
                    {tables.Optional("runs", "deleted_time")}
                from runs where run_uuid {(after is null ? ">=" : ">")} @after order by run_uuid limit {PageMax}
                """,
                [("@after", after ?? "")],
                cancellation
            )
        )
        {
            read = (read?.First ?? row.Text(0), row.Text(0));
            if (problems.Try(RunRecord.KindName, row.Text(0), () => RunOf(row)) is { } run)
            {
                runs.Add(run);
            }
        }

        return (runs, read);
    }

    private RunRecord? RunOf(MlflowRow row) =>
        chosen.NameOf(row.Number(1)) is { } experiment
            ? new RunRecord
            {
                Id = row.Text(0),
                Experiment = experiment,
                Name = row.Text(2),
                User = row.Text(3),
                Status = row.OrNull(4) ?? "FINISHED",
                StartedAt = row.Number(5),
                EndedAt = row.NumberOrNull(6),
                Lifecycle = row.OrNull(7) ?? "active",
                ArtifactUri = row.OrNull(8),
                DeletedAt = row.NumberOrNull(9),
            }
            : null;

    /// <summary>The run with its params and tags. MLflow keeps the name with the run and in a tag besides; before 1.30 in the tag alone.</summary>
    public static RunRecord Complete(
        RunRecord run,
        IReadOnlyDictionary<string, string> parameters,
        IReadOnlyDictionary<string, string> tags
    )
    {
        var name = run.Name.Length > 0 ? run.Name : tags.GetValueOrDefault(RunNameTag, "");
        return run with
        {
            Name = name,
            Params = parameters,
            Tags =
                name.Length == 0 || tags.GetValueOrDefault(RunNameTag) == name
                    ? tags
                    : new Dictionary<string, string>(tags, StringComparer.Ordinal) { [RunNameTag] = name },
        };
    }

    private Task<MlflowPairs> PairsAsync(
        string table,
        IReadOnlyList<(string, object)> between,
        CancellationToken cancellation
    ) =>
        MlflowPairs.ReadAsync(
            tables,
            $"select run_uuid, key, value from {table} where run_uuid >= @first and run_uuid <= @last",
            between,
            cancellation
        );

    private async IAsyncEnumerable<PointsRecord> PointsAsync(
        string run,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var points = new List<TransferPoint>();
        await foreach (
            var row in tables.RowsAsync(
                """select key, value, "timestamp", step, is_nan from metrics where run_uuid = @run""",
                [("@run", run)],
                cancellation
            )
        )
        {
            if (problems.TryPoint(RunRecord.KindName, run, () => PointOf(row)) is { } point)
            {
                points.Add(point);
            }

            if (points.Count == PointsMax)
            {
                yield return new PointsRecord { Run = run, Points = points };
                points = [];
            }
        }

        if (points.Count > 0)
        {
            yield return new PointsRecord { Run = run, Points = points };
        }
    }

    private static TransferPoint PointOf(MlflowRow row) =>
        new(row.Text(0), row.Flag(4) ? double.NaN : row.Value(1), row.Number(2), row.Number(3));

    private async Task<List<InputRecord>> InputsAsync(
        HashSet<string> runs,
        IReadOnlyList<(string, object)> between,
        CancellationToken cancellation
    )
    {
        var found = new List<InputRecord>();
        if (!tables.Has("inputs") || !tables.Has("datasets"))
        {
            return found;
        }

        const string where =
            "i.source_type = 'DATASET' and i.destination_type = 'RUN' and i.destination_id >= @first and i.destination_id <= @last";
        var tags = tables.Has("input_tags")
            ? await MlflowPairs.ReadAsync(
                tables,
                $"""
                select t.input_uuid, t.name, t.value from input_tags t join inputs i on i.input_uuid = t.input_uuid
                where {where}
                """,
                between,
                cancellation
            )
            : new MlflowPairs();
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select i.input_uuid, i.destination_id, d.name, d.digest, d.dataset_source_type, d.dataset_source,
                    d.dataset_schema, d.dataset_profile, d.dataset_uuid, i.source_id
                from inputs i left join datasets d on d.dataset_uuid = i.source_id
                where {where} order by i.destination_id, i.input_uuid
                """,
                between,
                cancellation
            )
        )
        {
            if (
                runs.Contains(row.Text(1))
                && problems.Try(RunRecord.KindName, row.Text(1), () => InputOf(row)) is { } input
            )
            {
                found.Add(input with { Tags = tags.Of(row.Text(0), input, problems) });
            }
        }

        return found;
    }

    private static InputRecord InputOf(MlflowRow row) =>
        row.OrNull(8) is null
            ? throw new FormatException($"It has read a dataset that is not in the database: {row.Text(9)}.")
            : new InputRecord
            {
                Run = row.Text(1),
                Name = row.Text(2),
                Digest = row.Text(3),
                SourceType = row.Text(4),
                Source = row.Text(5),
                Schema = row.OrNull(6),
                Profile = row.OrNull(7),
            };

    private async Task<List<RunModelRecord>> ModelsAsync(
        HashSet<string> runs,
        IReadOnlyList<(string, object)> between,
        CancellationToken cancellation
    )
    {
        var found = new List<RunModelRecord>();
        if (!tables.Has("inputs"))
        {
            return found;
        }

        await foreach (
            var row in tables.RowsAsync(
                $"""
                select source_id, source_type, destination_id, {tables.Optional("inputs", "step")} from inputs
                where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id >= @first and source_id <= @last
                order by source_id, input_uuid
                """,
                between,
                cancellation
            )
        )
        {
            if (
                runs.Contains(row.Text(0))
                && problems.Try(RunRecord.KindName, row.Text(0), () => ModelOf(row)) is { } model
            )
            {
                found.Add(model);
            }
        }

        return found;
    }

    private static RunModelRecord ModelOf(MlflowRow row) =>
        new()
        {
            Run = row.Text(0),
            Direction = row.Text(1) == "RUN_INPUT" ? "input" : "output",
            Model = row.Text(2),
            Step = row.Number(3),
        };
}
