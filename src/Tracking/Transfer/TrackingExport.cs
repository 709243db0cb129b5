using System.Runtime.CompilerServices;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Transfer;

/// <summary>
/// Tells everything of one experiment as records, page by page. The addresses of files are those that this server has them at; a run that goes on
/// meanwhile is told as far as it is when its page is read.
/// </summary>
internal sealed class TrackingExport(Database database)
{
    private const int PageMax = 100;
    private const int PointsMax = 5000;
    private const int PagesMax = 10_000_000;

    public async IAsyncEnumerable<TransferRecord> ReadAsync(
        Experiment experiment,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        yield return new ExperimentRecord
        {
            Name = experiment.Name,
            Lifecycle = experiment.Lifecycle,
            ArtifactLocation = experiment.ArtifactLocation,
            CreatedAt = experiment.CreatedAt,
            UpdatedAt = experiment.UpdatedAt,
            Tags = Pairs(experiment.Tags),
        };
        await foreach (var record in RunsAsync(experiment, cancellation))
        {
            yield return record;
        }

        await foreach (var record in ModelsAsync(experiment, cancellation))
        {
            yield return record;
        }
    }

    private async IAsyncEnumerable<TransferRecord> RunsAsync(
        Experiment experiment,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var after = "";
        for (var page = 0; page < PagesMax; page++)
        {
            var (runs, deleted) = await RunPageAsync(experiment.Id, after, cancellation);
            foreach (var run in runs)
            {
                yield return RecordOf(run, experiment.Name, deleted[run.Info.Id]);
                await foreach (var points in PointsAsync(run.Info, cancellation))
                {
                    yield return points;
                }

                foreach (var logged in LoggedOf(run))
                {
                    yield return logged;
                }
            }

            if (runs.Count < PageMax)
            {
                yield break;
            }

            after = runs[^1].Info.Id;
        }
    }

    private Task<(IReadOnlyList<Run> Runs, Dictionary<string, long?> Deleted)> RunPageAsync(
        long experiment,
        string after,
        CancellationToken cancellation
    ) =>
        database.ReadAsync(
            async session =>
            {
                var infos = await session.QueryAsync<RunInfo>(
                    $"""
                    select {RunInfo.Columns} from tracking_run r where r.experiment = @experiment and r.id > @after
                    order by r.id limit @PageMax
                    """,
                    new
                    {
                        experiment,
                        after,
                        PageMax,
                    }
                );
                var deleted = await session.QueryAsync<(string Id, long? At)>(
                    "select id, deleted_at from tracking_run where id in @ids",
                    new { ids = infos.Select(info => info.Id) }
                );
                return (
                    await RunReader.ReadAsync(session, infos),
                    deleted.ToDictionary(row => row.Id, row => row.At, StringComparer.Ordinal)
                );
            },
            cancellation
        );

    private async IAsyncEnumerable<PointsRecord> PointsAsync(
        RunInfo run,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var page = new List<TransferPoint>();
        var keys = await database.ReadAsync(
            async session => (await LatestMetrics.ReadAsync(session, run.Number)).Select(range => range.Latest.Key),
            cancellation
        );
        foreach (var key in keys)
        {
            CurvePoint? after = null;
            do
            {
                var limit = PointsMax - page.Count;
                var points = await database.ReadAsync(
                    session => CurveReader.ReadAsync(session, run.Number, key, after, limit).AsTask(),
                    cancellation
                );
                page.AddRange(points.Select(point => PointOf(point.Of(key))));
                after = points.Count == limit ? points[^1] : null;
                if (page.Count == PointsMax)
                {
                    yield return new PointsRecord { Run = run.Id, Points = [.. page] };
                    page.Clear();
                }
            } while (after is not null);
        }

        if (page.Count > 0)
        {
            yield return new PointsRecord { Run = run.Id, Points = [.. page] };
        }
    }

    private async IAsyncEnumerable<TransferRecord> ModelsAsync(
        Experiment experiment,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var after = "";
        for (var page = 0; page < PagesMax; page++)
        {
            var models = await ModelPageAsync(experiment.Id, after, cancellation);
            foreach (var model in models)
            {
                yield return RecordOf(model, experiment.Name);
                foreach (var ofRun in model.Metrics.GroupBy(point => point.Run, StringComparer.Ordinal))
                {
                    yield return new ModelPointsRecord
                    {
                        Model = model.Info.Id,
                        Run = ofRun.Key,
                        Points =
                        [
                            .. ofRun.Select(point =>
                                PointOf(point.Point) with
                                {
                                    Dataset = point.DatasetName,
                                    Digest = point.DatasetDigest,
                                }
                            ),
                        ],
                    };
                }
            }

            if (models.Count < PageMax)
            {
                yield break;
            }

            after = models[^1].Info.Id;
        }
    }

    private Task<IReadOnlyList<LoggedModel>> ModelPageAsync(
        long experiment,
        string after,
        CancellationToken cancellation
    ) =>
        database.ReadAsync<IReadOnlyList<LoggedModel>>(
            async session =>
                await LoggedModelReader.ReadAsync(
                    session,
                    await session.QueryAsync<LoggedModelInfo>(
                        $"""
                        select {LoggedModelInfo.Columns} from tracking_logged_model m
                        where m.experiment = @experiment and m.id > @after order by m.id limit @PageMax
                        """,
                        new
                        {
                            experiment,
                            after,
                            PageMax,
                        }
                    )
                ),
            cancellation
        );

    private static RunRecord RecordOf(Run run, string experiment, long? deletedAt) =>
        new()
        {
            Id = run.Info.Id,
            Experiment = experiment,
            Name = run.Info.Name,
            User = run.Info.UserId,
            Status = run.Info.Status,
            StartedAt = run.Info.StartedAt,
            EndedAt = run.Info.EndedAt,
            Lifecycle = run.Info.Lifecycle,
            DeletedAt = deletedAt,
            ArtifactUri = run.Info.ArtifactUri,
            Params = Pairs(run.Params),
            Tags = Pairs(run.Tags),
        };

    private static LoggedModelRecord RecordOf(LoggedModel model, string experiment) =>
        new()
        {
            Id = model.Info.Id,
            Experiment = experiment,
            Name = model.Info.Name,
            ModelType = model.Info.ModelType,
            SourceRun = model.Info.SourceRun,
            Status = model.Info.Status,
            StatusMessage = model.Info.StatusMessage,
            // With its experiment it goes there, too.
            Lifecycle = model.Info.WithExperiment == 1 ? Lifecycle.Active : model.Info.Lifecycle,
            ArtifactUri = model.Info.ArtifactUri,
            CreatedAt = model.Info.CreatedAt,
            UpdatedAt = model.Info.UpdatedAt,
            Params = Pairs(model.Params),
            Tags = Pairs(model.Tags),
        };

    private static IEnumerable<TransferRecord> LoggedOf(Run run) =>
        run
            .Datasets.Select(
                TransferRecord (input) =>
                    new InputRecord
                    {
                        Run = run.Info.Id,
                        Name = input.Dataset.Name,
                        Digest = input.Dataset.Digest,
                        SourceType = input.Dataset.SourceType,
                        Source = input.Dataset.Source,
                        Schema = input.Dataset.Schema,
                        Profile = input.Dataset.Profile,
                        Tags = Pairs(input.Tags),
                    }
            )
            .Concat(run.InputModels.Select(link => LinkOf(run, RunInputs.Input, link)))
            .Concat(run.OutputModels.Select(link => LinkOf(run, RunInputs.Output, link)));

    private static RunModelRecord LinkOf(Run run, string direction, ModelLink link) =>
        new()
        {
            Run = run.Info.Id,
            Direction = direction,
            Model = link.Model,
            Step = link.Step,
        };

    private static TransferPoint PointOf(MetricPoint point) => new(point.Key, point.Value, point.Timestamp, point.Step);

    private static Dictionary<string, string> Pairs(IEnumerable<KeyValue> pairs)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            found[key] = value;
        }

        return found;
    }
}
