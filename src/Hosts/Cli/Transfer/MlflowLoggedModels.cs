using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The logged models of an MLflow database with what belongs to them, in the order of their ids.</summary>
internal sealed class MlflowLoggedModels(MlflowTables tables, ChosenExperiments chosen, SourceProblems problems)
{
    /// <summary>The status of a model whose files are there.</summary>
    public const string Ready = "LOGGED_MODEL_READY";

    private const int PageMax = 200;
    private const int PointsMax = 5000;
    private const int PagesMax = 10_000_000;

    public async IAsyncEnumerable<TransferRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        (string First, string Last)? range = null;
        for (var page = 0; page < PagesMax && tables.Has("logged_models"); page++)
        {
            var (models, read) = await PageAsync(range?.Last, cancellation);
            if (read is not { } found)
            {
                yield break;
            }

            range = found;
            IReadOnlyList<(string, object)> between = [("@first", found.First), ("@last", found.Last)];
            var parameters = await PairsAsync("param", between, cancellation);
            var tags = await PairsAsync("tag", between, cancellation);
            foreach (var model in models)
            {
                yield return model with
                {
                    Params = parameters.Of(model.Id, model, problems),
                    Tags = tags.Of(model.Id, model, problems),
                };
            }

            var ids = models.Select(model => model.Id).ToHashSet(StringComparer.Ordinal);
            await foreach (var points in PointsAsync(ids, between, cancellation))
            {
                yield return points;
            }
        }
    }

    private async Task<(List<LoggedModelRecord> Models, (string First, string Last)? Read)> PageAsync(
        string? after,
        CancellationToken cancellation
    )
    {
        var models = new List<LoggedModelRecord>();
        (string First, string Last)? read = null;
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms,
                    status, lifecycle_stage, {tables.Optional("logged_models", "model_type")},
                    {tables.Optional("logged_models", "source_run_id")}, {tables.Optional(
                    "logged_models",
                    "status_message"
                )}
                from logged_models where model_id {(after is null ? ">=" : ">")} @after
                order by model_id limit {PageMax}
                """,
                [("@after", after ?? "")],
                cancellation
            )
        )
        {
            read = (read?.First ?? row.Text(0), row.Text(0));
            if (problems.Try(LoggedModelRecord.KindName, row.Text(0), () => ModelOf(row)) is { } model)
            {
                models.Add(model);
            }
        }

        return (models, read);
    }

    private LoggedModelRecord? ModelOf(MlflowRow row) =>
        chosen.NameOf(row.Number(1)) is { } experiment
            ? new LoggedModelRecord
            {
                Id = row.Text(0),
                Experiment = experiment,
                Name = row.Text(2),
                ArtifactUri = row.OrNull(3),
                CreatedAt = row.Number(4),
                UpdatedAt = row.Number(5),
                Status = StatusOf(row.Text(6)),
                Lifecycle = row.OrNull(7) ?? "active",
                ModelType = row.OrNull(8),
                SourceRun = row.OrNull(9),
                StatusMessage = row.OrNull(10),
            }
            : null;

    /// <summary>The status by its name; MLflow keeps the protocol's numbers.</summary>
    public static string StatusOf(string status) =>
        status switch
        {
            "1" => "LOGGED_MODEL_PENDING",
            "2" => Ready,
            "3" => "LOGGED_MODEL_UPLOAD_FAILED",
            _ => status,
        };

    private async Task<MlflowPairs> PairsAsync(
        string what,
        IReadOnlyList<(string, object)> between,
        CancellationToken cancellation
    ) =>
        tables.Has($"logged_model_{what}s")
            ? await MlflowPairs.ReadAsync(
                tables,
                $"""
                select model_id, {what}_key, {what}_value from logged_model_{what}s
                where model_id >= @first and model_id <= @last
                """,
                between,
                cancellation
            )
            : new MlflowPairs();

    // As they come, by model and run, and not too many at once: a model may have the whole history of its metrics there.
    private async IAsyncEnumerable<ModelPointsRecord> PointsAsync(
        HashSet<string> models,
        IReadOnlyList<(string, object)> between,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (!tables.Has("logged_model_metrics"))
        {
            yield break;
        }

        (string Model, string Run) of = default;
        var points = new List<TransferPoint>();
        await foreach (
            var row in tables.RowsAsync(
                """
                select model_id, run_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name,
                    dataset_digest
                from logged_model_metrics where model_id >= @first and model_id <= @last order by model_id, run_id
                """,
                between,
                cancellation
            )
        )
        {
            var next = (row.Text(0), row.Text(1));
            if (points.Count > 0 && (next != of || points.Count == PointsMax))
            {
                yield return RecordOf(of, points);
                points = [];
            }

            of = next;
            if (
                models.Contains(of.Model)
                && problems.TryPoint(LoggedModelRecord.KindName, of.Model, () => PointOf(row)) is { } point
            )
            {
                points.Add(point);
            }
        }

        if (points.Count > 0)
        {
            yield return RecordOf(of, points);
        }
    }

    private static TransferPoint PointOf(MlflowRow row) =>
        new(row.Text(2), row.Value(3), row.Number(4), row.Number(5))
        {
            Dataset = row.OrNull(6),
            Digest = row.OrNull(7),
        };

    private static ModelPointsRecord RecordOf((string Model, string Run) of, IReadOnlyList<TransferPoint> points) =>
        new()
        {
            Model = of.Model,
            Run = of.Run,
            Points = points,
        };
}
