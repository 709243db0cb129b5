using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Runs;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Tracking;

namespace Rondo.Pipelines.Tracked;

/// <summary>
/// Every run of a pipeline is a run of tracking: in an experiment of the pipeline's name, with its parameters and datasets, the metrics of its
/// steps, and the model versions that came of it. The trials of its sweeps are runs nested in it.
/// </summary>
internal sealed class TrackedRunSubscriber(PlatformRuns tracked, ModelRegistry registry, SweepReader sweeps)
    : EventSubscriber
{
    private const int StepsMax = 1000;

    public override string Name => "pipelines.tracked";

    public override IReadOnlyCollection<string> Types => [RunCreatedEvent.Type, RunFinishedEvent.Type];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        if (e.Type == RunCreatedEvent.Type)
        {
            var run = await RunReader.InfoAsync(transaction, e.DataAs<RunCreatedEvent>().RunId);
            await tracked.BeginAsync(transaction, Begun(run, e), run.ActorOf);
            return;
        }

        await EndAsync(transaction, e, e.DataAs<RunFinishedEvent>());
    }

    private static PlatformRun Begun(RunInfo run, LoggedEvent e)
    {
        var created = e.DataAs<RunCreatedEvent>();
        return new PlatformRun(run.Id, ExperimentOf(run), run.Id, run.Actor, e.At)
        {
            Params = JsonSerializer
                .Deserialize<Dictionary<string, JsonElement>>(run.Parameters, RondoJson.Options)!
                .ToDictionary(pair => pair.Key, pair => Text(pair.Value), StringComparer.Ordinal),
            Datasets = DatasetsOf(run),
            Tags =
            [
                ("mlflow.source.type", "JOB"),
                ("mlflow.source.name", run.Pipeline),
                ("mlflow.source.git.commit", run.CommitId),
                ("mlflow.user", run.Actor),
                ("rondo.run", run.Id),
                ("rondo.project", run.Project),
                ("rondo.environment", run.Environment),
                ("rondo.pipeline", run.Pipeline),
                ("rondo.trigger", created.Trigger),
                .. created.Partition is { } partition
                    ? [("rondo.partition", partition)]
                    : Array.Empty<(string, string)>(),
            ],
        };
    }

    private async Task EndAsync(Transaction transaction, LoggedEvent e, RunFinishedEvent finished)
    {
        var versions = await registry.OfRunAsync(finished.RunId);
        var rejections = await registry.RejectionsOfRunAsync(finished.RunId);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (
            var (model, train, test) in versions
                .Select(version => (version.Model, version.TrainMetrics, version.TestMetrics))
                .Concat(
                    rejections.Select(rejection => (rejection.Model, rejection.TrainMetrics, rejection.TestMetrics))
                )
        )
        {
            Add(metrics, $"{model}/train/", train);
            Add(metrics, $"{model}/test/", test);
        }

        foreach (var (node, json) in await StepMetricsAsync(transaction, finished.RunId))
        {
            Add(metrics, node + "/", JsonSerializer.Deserialize<Dictionary<string, double>>(json, RondoJson.Options)!);
        }

        await tracked.EndAsync(
            transaction,
            new PlatformRunEnd(
                finished.RunId,
                finished.State == RunStates.Succeeded,
                finished.State == RunStates.Cancelled,
                e.At
            )
            {
                Metrics = metrics,
                Tags =
                [
                    ("rondo.state", finished.State),
                    .. Tag("rondo.reason", finished.Reason),
                    .. Tag("rondo.model_versions", string.Join(", ", versions.Select(version => version.Id))),
                    .. Tag("rondo.rejected", string.Join(", ", rejections.Select(rejection => rejection.Model))),
                ],
            }
        );
        await TrialsAsync(transaction, finished.RunId, e);
    }

    private async Task TrialsAsync(Transaction transaction, string runId, LoggedEvent e)
    {
        var found = await sweeps.ReadAsync(transaction, runId);
        if (found.Count == 0)
        {
            return;
        }

        var run = await RunReader.InfoAsync(transaction, runId);
        foreach (var trial in found.SelectMany(sweep => TrackedTrial.Of(run, ExperimentOf(run), sweep, e.At)))
        {
            await tracked.BeginAsync(transaction, trial.Begun, run.ActorOf);
            await tracked.EndAsync(transaction, trial.Ended);
        }
    }

    private static ValueTask<IReadOnlyList<(string Node, string Metrics)>> StepMetricsAsync(
        Transaction transaction,
        string run
    ) =>
        transaction.QueryAsync<(string, string)>(
            """
            select node_id, metrics from pipelines_step
            where run_id = @run and metrics is not null and metrics <> '{}' order by node_id limit @StepsMax
            """,
            new { run, StepsMax }
        );

    // Production, where most runs are, needs no word of its own.
    private static string ExperimentOf(RunInfo run) =>
        run.Environment == PipelineCatalog.TriggeredEnvironment
            ? $"{run.Project}/{run.Pipeline}"
            : $"{run.Project}/{run.Environment}/{run.Pipeline}";

    private static List<PlatformDataset> DatasetsOf(RunInfo run) =>
        [
            .. JsonSerializer
                .Deserialize<Dictionary<string, RunSource>>(run.Sources, RondoJson.Options)!
                .Where(source => source.Value.Kind == NodeKind.Dataset && source.Value.VersionId is not null)
                .OrderBy(source => source.Key, StringComparer.Ordinal)
                .Select(source => new PlatformDataset(
                    source.Value.Name,
                    source.Value.Artifact.Digest,
                    JsonSerializer.Serialize(new { uri = "rondo:/" + source.Value.VersionId }),
                    source.Key
                )),
        ];

    private static void Add(
        SortedDictionary<string, double> metrics,
        string prefix,
        IReadOnlyDictionary<string, double> values
    )
    {
        foreach (var (name, value) in values)
        {
            metrics[prefix + name] = value;
        }
    }

    private static IEnumerable<(string, string)> Tag(string key, string? value) =>
        string.IsNullOrEmpty(value) ? [] : [(key, value)];

    /// <summary>A value as a param has it.</summary>
    public static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
