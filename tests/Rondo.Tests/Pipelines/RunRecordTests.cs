using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Records;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>A real package in real worker processes trains twice; the record of the second run is compared with what happened.</summary>
public sealed class RunRecordTests : IAsyncLifetime
{
    private const string Source = """
        using System.Text.Json;
        using Rondo.Data;
        using Rondo.Sdk;
        using Rondo.Sdk.Wire;

        var app = MlApp.Create(args, "transit");
        var days = app.Dataset<Day>("days").EventTime(day => day.Date).From("days.csv");
        app.Pipeline(
            "train",
            g =>
            {
                var raw = g.Ingest(days);
                g.Describe(raw);
                var (train, holdout) = g.SplitByTime(g.Validate(raw, days), row => row.Date, holdoutDays: 2);
                var model = g.Fit(train, g.Parameter("shift", 0.0));
                g.Evaluate(holdout, row => row.Rides)
                    .Candidate("mean", model, g.Score(model, holdout))
                    .Best()
                    .Gate(gate => gate.AtMost("rmse", 100))
                    .Register("demand", train, row => row.Date, trainPredictions: g.Score(model, train).Named("score-train"));
            }
        );
        return await app.RunAsync();

        public sealed record Day(DateOnly Date, double Rides);

        public static class Steps
        {
            [Step]
            public static Model Fit(Table<Day> rows, double shift, StepContext context)
            {
                var mean = rows.Average(row => row.Rides) + shift;
                var inputs = new Dictionary<string, JsonElement> { ["Rides"] = JsonSerializer.SerializeToElement(1.0) };
                var outputs = new Dictionary<string, JsonElement> { ["y"] = JsonSerializer.SerializeToElement(mean) };
                var signature = new ModelSignature(
                    new List<TensorSignature> { new("Rides", "FP64", new long[] { -1 }) },
                    new List<TensorSignature> { new("y", "FP64", new long[] { -1 }) }
                );
                context.Metric("mean", mean);
                return Model.Save(
                    context,
                    new ModelDescription("mean", "mean.txt", "mean", signature, new ModelExample(inputs, outputs)),
                    path => File.WriteAllText(path, mean.ToString("R", System.Globalization.CultureInfo.InvariantCulture))
                );
            }

            [Step]
            public static Table<Prediction> Score(Model model, Table<Day> rows)
            {
                using var reader = new StreamReader(model.OpenFile());
                var mean = double.Parse(reader.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
                return Table.From(rows.Select(_ => new Prediction(mean)));
            }
        }
        """;

    private static readonly Actor s_ada = new("user:ada");

    private PipelineWorld _world = null!;
    private LocalExecutor _executor = null!;
    private TestServer _server = null!;
    private string _package = null!;
    private Manifest _manifest = null!;
    private Run _first = null!;
    private Run _second = null!;
    private RunRecord _record = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        (_package, _manifest) = await CompiledPackage.MakeAsync(
            _world.Kernel.Blobs,
            Path.Combine(_world.Kernel.Folder, "app"),
            Source
        );
        _executor = new LocalExecutor(
            new PackageFolders(_world.Kernel.Blobs, new ServerPaths(_world.Kernel.Folder, ""), TimeProvider.System),
            new(TimeProvider.System),
            new PipelinesOptions { LocalAttemptsMax = 2 },
            TimeProvider.System
        );
        _server = _world.Server(executor: _executor);
        var deployed = new DeployedPackage(
            PipelineWorld.Project,
            PipelineWorld.Production,
            _package,
            "c0ffee",
            _manifest,
            Actor.Local
        );
        await _world.Kernel.Database.WriteAsync(async t =>
            await _server.Get<PipelineCatalog>().DeployAsync(t, deployed)
        );
        var rows = Enumerable.Range(1, 10).Select(i => FormattableString.Invariant($"2001-01-{i:00},{i}"));
        await _server
            .Get<DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, "days"),
                "2001.csv",
                new MemoryStream(Encoding.UTF8.GetBytes("Date,Rides\n" + string.Join('\n', rows) + "\n")),
                Actor.Local
            );
        _first = await RunAsync(0);
        await ServeAsync(1);
        _second = await RunAsync(0.25);
        _record = await _server.Get<RunRecords>().GetAsync(_second.Id, new StepFilter());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _executor.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    [Trait("Requirement", "R103")]
    [Trait("Requirement", "R104")]
    [Trait("Requirement", "R105")]
    [Trait("Requirement", "R106")]
    [Trait("Requirement", "R107")]
    [Trait("Requirement", "R108")]
    [Trait("Requirement", "R109")]
    public async Task The_record_of_a_run_says_what_really_happened()
    {
        CheckVersions();
        await CheckTimesAsync();
        CheckActorAndParameters();
        await CheckArtifactsAsync();
        await CheckModelsAsync();
    }

    // R103
    private void CheckVersions()
    {
        var versions = _record.Versions;
        Assert.Equal(("train", _package, "c0ffee"), (versions.Pipeline, versions.Package, versions.Commit));
        Assert.Equal(_second.VersionId, versions.PipelineVersion);
        var steps = _manifest.Pipelines[0].Nodes.Where(node => node.Kind == NodeKind.Step).ToList();
        Assert.Equal(
            steps.Select(node => (node.Id, node.Step, node.CodeDigest)),
            versions.Components.Select(component => (component.Node, component.Step, component.CodeDigest))
        );
        Assert.Contains(versions.Components, component => component.Node == "fit");
    }

    // R104: as the log has it, which is written in the same transaction.
    private async Task CheckTimesAsync()
    {
        var events = await _world.EventsAsync(subject: _second.Id);
        Assert.Equal(events.Single(e => e.Type == "run.created").At, _record.Times.CreatedAt);
        Assert.Equal(events.Single(e => e.Type == "run.finished").At, _record.Times.FinishedAt);
        var computed = _record.Steps.Where(step => step.Attempts.Count > 0).ToList();
        Assert.Contains(computed, step => step.Node == "fit");
        foreach (var step in computed)
        {
            Assert.Equal(At(events, "step.started", step.Node), step.Times.StartedAt);
            Assert.Equal(At(events, "step.published", step.Node), step.Times.FinishedAt);
            var published = events.Single(e => e.Type == "step.published" && NodeOf(e) == step.Node);
            Assert.Equal(published.DataAs<StepPublishedEvent>().DurationMs, step.Times.DurationMs);
            var attempt = Assert.Single(step.Attempts);
            Assert.Equal(step.Times, attempt.Times);
        }

        Assert.Contains(computed, step => step.Times.DurationMs > 0);
    }

    // R105 and R106
    private void CheckActorAndParameters()
    {
        Assert.Equal(("user:ada", TriggerKinds.Manual), (_record.ExecutedBy.Actor, _record.ExecutedBy.Trigger));
        var server = _server.Get<ServerIncarnation>().Id;
        Assert.All(_record.Steps.SelectMany(step => step.Attempts), attempt => Assert.Equal(server, attempt.Server));
        Assert.Equal(0.25, _record.Parameters.GetProperty("shift").GetDouble());
        var fit = _record.Steps.Single(step => step.Node == "fit");
        Assert.Equal(0.25, fit.Arguments!.Value.GetProperty("shift").GetDouble());
        var split = _record.Steps.Single(step =>
            step.Kind == "step" && step.Step.Contains("Split", StringComparison.Ordinal)
        );
        Assert.Equal(2, split.Arguments!.Value.GetProperty("holdoutDays").GetInt32());
    }

    // R107: each pointer leads to the bytes.
    private async Task CheckArtifactsAsync()
    {
        var made = _record.Steps.SelectMany(step => step.Outputs).ToList();
        Assert.Equal(
            ["anomalies", "dataset", "evaluation", "model", "prepared-data", "raw-data", "statistics"],
            made.Select(output => output.Role).Where(role => role != "other").Distinct().Order()
        );
        var statistics = await ReadAsync<TableStatistics>(made.Single(output => output.Role == "statistics"));
        Assert.Equal(10, statistics.Rows);
        var anomalies = await ReadAsync<ValidationReport>(made.Single(output => output.Role == "anomalies"));
        Assert.Empty(anomalies.Anomalies);
        var train = _record.Steps.Single(step => step.Node == "fit").Inputs.Single();
        await using var rows = await _world.Kernel.Blobs.OpenAsync(train.Artifact.Digest);
        Assert.Equal(8, Parquet.Read(rows).RowCount);
        Assert.Equal("prepared-data", train.Role);
    }

    // R108 and R109
    private async Task CheckModelsAsync()
    {
        var registry = _server.Get<ModelRegistry>();
        var first = (await registry.FindAsync("transit", "production", "demand", 1))!;
        Assert.Equal(_first.Id, first.Origin.RunId);
        var model = Assert.Single(_record.Models);
        Assert.Equal("transit/production/demand/2", model.Version);
        Assert.Equal(new ModelPointer(first.Id, first.Proposal.Artifact, false), model.TrainedBefore);
        Assert.Equal(new ModelPointer(first.Id, first.Proposal.Artifact, false), model.ServedBefore);
        Assert.True(await _world.Kernel.Blobs.ExistsAsync(model.ServedBefore!.Artifact!.Digest));
        var mean = 4.5 + 0.25;
        Assert.Equal(Rmse(Enumerable.Range(1, 8), mean), model.TrainMetrics["rmse"], 9);
        Assert.Equal(Rmse(Enumerable.Range(9, 2), mean), model.TestMetrics["rmse"], 9);
        Assert.Equal(mean, _record.Steps.Single(step => step.Node == "fit").Metrics["mean"], 9);
        var before = await _server.Get<RunRecords>().GetAsync(_first.Id, new StepFilter());
        Assert.Equal((null, null), (before.Models[0].TrainedBefore, before.Models[0].ServedBefore));
    }

    private static double Rmse(IEnumerable<int> rides, double mean) =>
        Math.Sqrt(rides.Average(value => Math.Pow(value - mean, 2)));

    private static DateTimeOffset At(IReadOnlyList<LoggedEvent> events, string type, string node) =>
        events.Single(e => e.Type == type && NodeOf(e) == node).At;

    private static string? NodeOf(LoggedEvent e) =>
        e.Data.TryGetProperty("nodeId", out var node) ? node.GetString() : null;

    private async Task<T> ReadAsync<T>(RecordedArtifact recorded) =>
        JsonSerializer.Deserialize<T>(
            await _world.Kernel.Blobs.ReadAsync(recorded.Artifact.Digest),
            RondoJson.Options
        )!;

    private Task ServeAsync(long version) =>
        _world.Kernel.Database.WriteAsync(async t =>
            await _server
                .Get<ModelRegistry>()
                .MoveAliasAsync(
                    t,
                    new AliasMove(new("transit", "production", "demand"), ModelAliases.Serving, version, Actor.Local)
                )
        );

    private async Task<Run> RunAsync(double shift)
    {
        var wish = PipelineWorld.Wish("train", ("shift", shift)) with { Actor = s_ada };
        var id = (await _server.Runs.CreateAsync(wish)).Id;
        for (var round = 0; round < 1000; round++)
        {
            if (await _server.Runs.GetAsync(id) is { FinishedAt: not null } run)
            {
                Assert.True(run.State == RunStates.Succeeded, run.Reason);
                return run;
            }

            await _server.OrchestrateAsync();
            _world.Kernel.Time.Advance(TimeSpan.FromMilliseconds(100));
            await _server.SettleAsync();
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Run {id} does not end."));
    }
}
