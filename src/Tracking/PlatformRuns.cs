using System.Security.Cryptography;
using System.Text;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking;

/// <summary>Runs that the platform itself makes, as runs of tracking. They are written in the transaction of whoever knows of them; writing twice makes one.</summary>
public sealed class PlatformRuns
{
    private const int MetricsMax = 1000;
    private const int ParamsMax = 1000;
    private const int PointsMax = 10_000;

    private readonly ExperimentStore _experiments;
    private readonly RunInputs _inputs;
    private readonly TrackingOptions _options;

    internal PlatformRuns(ExperimentStore experiments, RunInputs inputs, TrackingOptions options)
    {
        _experiments = experiments;
        _inputs = inputs;
        // What the platform writes down is never a reason for it to fail.
        _options = options with
        {
            TruncateLongValues = true,
        };
    }

    /// <summary>The id in tracking of a run that the platform calls so: always the same, 32 hexadecimal digits.</summary>
    public static string IdOf(string run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run)))[..32];

    /// <summary>A run has begun. Where somebody has deleted the experiment of its pipeline, nothing is written.</summary>
    public async Task BeginAsync(Transaction transaction, PlatformRun run, Actor actor)
    {
        if (await _experiments.EnsureAsync(transaction, run.Experiment, actor) is not { } experiment)
        {
            return;
        }

        var id = IdOf(run.Id);
        var info = new RunInfo
        {
            Number = await RunKey.NextNumberAsync(transaction),
            Id = id,
            Experiment = experiment.Id,
        };
        var place = $"{experiment.ArtifactLocation.TrimEnd('/')}/{id}/artifacts";
        var made = await transaction.ExecuteAsync(
            """
            insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
            values (@Number, @id, @Experiment, @Name, @User, 'RUNNING', @at, 'active', @place)
            on conflict (id) do nothing
            """,
            new
            {
                info.Number,
                id,
                info.Experiment,
                run.Name,
                run.User,
                at = run.StartedAt.ToUnixTimeMilliseconds(),
                place,
            }
        );
        if (made == 0)
        {
            return;
        }

        await RemovedFiles.KeepAsync(transaction, place);
        await PutGoalsAsync(transaction, experiment.Id, run.Goals);
        await PutTagsAsync(
            transaction,
            info.Key,
            [.. run.Tags, .. ParentOf(run), (TrackingNames.RunNameTag, run.Name)]
        );
        await RunLog.PutParamsAsync(transaction, info.Key, Params(run), single: true);
        foreach (var dataset in run.Datasets)
        {
            await _inputs.AddAsync(transaction, info, InputOf(dataset));
        }
    }

    /// <summary>A run has ended; one that is not there, or was deleted, is left alone.</summary>
    public async Task EndAsync(Transaction transaction, PlatformRunEnd end)
    {
        var id = IdOf(end.Id);
        var at = end.At.ToUnixTimeMilliseconds();
        var changed = await transaction.ExecuteAsync(
            "update tracking_run set status = @status, ended_at = @at where id = @id and lifecycle = 'active'",
            new
            {
                id,
                status = end.Succeeded ? nameof(RunStatus.FINISHED)
                : end.Cancelled ? nameof(RunStatus.KILLED)
                : nameof(RunStatus.FAILED),
                at,
            }
        );
        if (changed == 0)
        {
            return;
        }

        var points = end
            .Metrics.Take(MetricsMax)
            .Select(metric => new MetricPoint(KeyOf(metric.Key), metric.Value, at, 0))
            .DistinctBy(point => point.Key, StringComparer.Ordinal)
            .Concat(
                end.Reported.Take(PointsMax)
                    .Select(point => new MetricPoint(KeyOf(point.Key), point.Value, at, point.Step))
            )
            .ToList();
        var run = (await RunStore.RequireAsync(transaction, id)).Key;
        await UnsettledPoints.AddSettledAsync(transaction, run, MetricRow.Sorted(points));
        await PutTagsAsync(transaction, run, end.Tags);
    }

    // What somebody has said of a goal stays.
    private static async ValueTask PutGoalsAsync(
        Transaction transaction,
        long experiment,
        IReadOnlyDictionary<string, bool> goals
    )
    {
        foreach (var (metric, isGreatest) in goals)
        {
            await transaction.ExecuteAsync(
                """
                insert into tracking_experiment_tag (experiment, key, value) values (@experiment, @tag, @goal)
                on conflict do nothing
                """,
                new
                {
                    experiment,
                    tag = KeyOf(MetricGoal.TagOf(metric)),
                    goal = isGreatest ? MetricGoal.Maximize : MetricGoal.Minimize,
                }
            );
        }
    }

    private ValueTask PutTagsAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<(string Key, string Value)> tags
    ) =>
        RunLog.PutTagsAsync(
            transaction,
            run,
            RunLog.Fit([.. tags.Select(tag => new KeyValue(KeyOf(tag.Key), tag.Value))], "tags", _options)
        );

    private static IEnumerable<(string Key, string Value)> ParentOf(PlatformRun run) =>
        run.Parent is { } parent ? [(TrackingNames.ParentRunTag, IdOf(parent))] : [];

    private static List<KeyValue> Params(PlatformRun run) =>
        [
            .. run
                .Params.Take(ParamsMax)
                .Select(param => new KeyValue(
                    KeyOf(param.Key),
                    Names.Fit(param.Value, "Param value", Limits.ParamValueMax, truncate: true)
                ))
                .DistinctBy(param => param.Key, StringComparer.Ordinal),
        ];

    private static DatasetInput InputOf(PlatformDataset dataset) =>
        new(
            new RunDataset
            {
                Name = Names.Fit(dataset.Name, "name", Limits.DatasetNameMax, truncate: true),
                Digest = Names.Fit(dataset.Digest, "digest", Limits.DatasetDigestMax, truncate: true),
                SourceType = "rondo",
                Source = dataset.Source,
            },
            [new KeyValue(RunInputs.ContextTag, dataset.Context)]
        );

    // A name of the platform is not always one of tracking.
    private static string KeyOf(string name) => Names.Fit(Names.Plain(name), "key", Names.KeyCharsMax, truncate: true);
}

/// <summary>A run that has begun. The experiment is made where it is not there.</summary>
public sealed record PlatformRun(string Id, string Experiment, string Name, string User, DateTimeOffset StartedAt)
{
    public IReadOnlyDictionary<string, string> Params { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyList<(string Key, string Value)> Tags { get; init; } = [];

    public IReadOnlyList<PlatformDataset> Datasets { get; init; } = [];

    /// <summary>The run of the platform in which this one is nested; null: none.</summary>
    public string? Parent { get; init; }

    /// <summary>Metrics of which the best is known: whether it is the greatest value. Where the experiment has a goal already, that stays.</summary>
    public IReadOnlyDictionary<string, bool> Goals { get; init; } =
        new Dictionary<string, bool>(StringComparer.Ordinal);
}

/// <summary>A dataset that a run has read: where it is, as JSON, and what it was for.</summary>
public sealed record PlatformDataset(string Name, string Digest, string Source, string Context);

/// <summary>A run that has ended, with the figures that came of it.</summary>
public sealed record PlatformRunEnd(string Id, bool Succeeded, bool Cancelled, DateTimeOffset At)
{
    public IReadOnlyDictionary<string, double> Metrics { get; init; } =
        new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>What was reported on the way.</summary>
    public IReadOnlyList<(string Key, double Value, long Step)> Reported { get; init; } = [];

    public IReadOnlyList<(string Key, string Value)> Tags { get; init; } = [];
}
