using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace Rondo.Tests.Sdk;

/// <summary>A row of a made-up hold-out.</summary>
public sealed record TrialDay(DateOnly Date, double X, double Truth, string Half);

/// <summary>Models that say x plus something.</summary>
public static class TrialSteps
{
    [Step]
    public static Table<TrialDay> Trials(Table<TrialDay> rows) => rows;

    [Step]
    public static Model Shift(Table<TrialDay> rows, double by, StepContext context)
    {
        var signature = new ModelSignature([new("x", "FP64", [-1])], [new("y", "FP64", [-1])]);
        var example = new ModelExample(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>());
        return Model.Save(
            context,
            new ModelDescription("shift", "shift.txt", FormattableString.Invariant($"x + {by}"), signature, example),
            path => File.WriteAllText(path, JsonSerializer.Serialize(by))
        );
    }

    [Step]
    public static Table<Prediction> Apply(Model model, Table<TrialDay> rows)
    {
        using var file = model.OpenFile();
        var by = JsonSerializer.Deserialize<double>(file);
        return Table.From(rows.Select(row => new Prediction(row.X + by)));
    }

    [Step]
    public static Table<Prediction> Short(Table<TrialDay> rows) =>
        Table.From(rows.Skip(1).Select(row => new Prediction(row.X)));
}

public sealed class EvaluationTests
{
    [Fact]
    [Trait("Requirement", "R11")]
    public async Task The_best_candidate_that_passes_its_gate_is_proposed_with_everything_that_was_found()
    {
        using var folder = new TestFolder();
        await using var run = await Run(folder, gate => gate.AtMost("rmse", 1));
        run.Succeeded();

        var report = run.Value<EvaluationReport>("best", "report");
        Assert.Equal("near", report.Winner);
        Assert.Equal(["far", "near"], report.Candidates.Select(candidate => candidate.Name));
        Assert.Equal(["all", "first", "second"], report.Best.Slices.Select(slice => slice.Value).Distinct());

        var proposal = run.Value<ModelProposal>("register");
        Assert.Equal("trial", proposal.Model);
        Assert.Equal("x + 0.1", proposal.Description.Algorithm);
        Assert.Equal(run.Node("profile").Outputs["model"].Artifact, proposal.Artifact);
        Assert.Equal(new DateOnly(2020, 2, 29), proposal.Description.TrainedTo);
        Assert.Contains("CsCheck", proposal.Runtime!.Packages.Keys);
        Assert.True(proposal.Verdict.Passed);
        Assert.Equal(0.1, proposal.TestMetrics["rmse"], 1);
        Assert.Equal(0.1, proposal.TrainMetrics["rmse"], 1);
        Assert.Equal(["x", "prediction"], proposal.Baseline.Columns.Select(column => column.Name));
        Assert.Equal((new DateOnly(2020, 1, 1), new DateOnly(2020, 2, 29)), (proposal.DataFrom, proposal.DataTo));
    }

    [Fact]
    public async Task A_candidate_that_does_not_pass_is_proposed_with_the_reason()
    {
        using var folder = new TestFolder();
        await using var run = await Run(folder, gate => gate.AtMost("rmse", 0.01).AtLeast("r2", 0.5));

        var verdict = run.Succeeded().Value<ModelProposal>("register").Verdict;

        Assert.False(verdict.Passed);
        Assert.Equal([false, true], verdict.Checks.Select(check => check.Passed));
        Assert.Contains("is above 0.01", verdict.Reason);
    }

    [Fact]
    public async Task Predictions_that_do_not_fit_the_rows_are_told()
    {
        var app = MlApp.Create([], "trial");
        var data = app.Dataset<TrialDay>("trials");
        app.Pipeline(
            "train",
            g =>
            {
                var rows = g.Validate(g.Ingest(data), data);
                g.Evaluate(rows, row => row.Truth).Candidate("a", g.Shift(rows, 0), g.Short(rows)).Best();
            }
        );
        using var folder = new TestFolder();
        await using var run = await TestRun.OfAsync(
            app,
            "train",
            new Dictionary<string, string> { ["trials"] = Data(folder) }
        );

        Assert.Contains("59 predictions of 'a' for 60 rows", run.Ended(LocalState.Failed).Node("best").Message);
    }

    [Fact]
    public void Declarations_of_an_evaluation_are_checked()
    {
        var app = MlApp.Create([], "trial");
        var data = app.Dataset<TrialDay>("trials");

        void Declare(Action<Graph, Ref<Table<TrialDay>>> declare, string expected)
        {
            var error = Assert.Throws<RondoException>(() =>
                app.Pipeline("p", g => declare(g, g.Validate(g.Ingest(data), data)))
            );
            Assert.Contains(expected, error.Message);
        }

        Declare((g, rows) => g.Evaluate(rows, row => row.Truth).Best(), "has no candidate");
        Declare((g, rows) => Two(g, rows).Best("luck"), "'luck' is not a metric");
        Declare((g, rows) => Two(g, rows).Best().Gate(_ => { }), "no rule");
        Declare(
            (g, rows) => Two(g, rows).Best().Gate(gate => gate.NoSliceWorseThan("naive")),
            "'naive', which it does not know"
        );
        Declare(
            (g, rows) =>
                g.Evaluate(rows, row => row.Truth)
                    .Candidate("a", g.Shift(rows, 0), g.Short(rows))
                    .Best()
                    .Gate(gate => gate.AtMostInEverySlice("rmse", 1)),
            "the evaluation has none"
        );
        Declare((g, rows) => Two(g, rows).Candidate("far", g.Shift(rows, 0), g.Short(rows)), "named twice");
        Declare((g, rows) => g.Evaluate(rows, row => row.Truth + 1), "does not name a property");
    }

    [Fact]
    public void A_model_bundle_has_the_same_bytes_whenever_it_is_made()
    {
        using var folder = new TestFolder();
        var zipped = folder.Of("a.zip");
        byte[] Save(DateTimeOffset stamp)
        {
            using var step = new TestStep();
            var description = new ModelDescription(
                "zip",
                "a.zip",
                "a",
                new([], []),
                new(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>())
            );
            var model = Model.Save(
                step.Context,
                description,
                path =>
                {
                    using var stream = File.Create(path);
                    using var zip = new System.IO.Compression.ZipArchive(
                        stream,
                        System.IO.Compression.ZipArchiveMode.Create
                    );
                    var entry = zip.CreateEntry("weights");
                    entry.LastWriteTime = stamp;
                    using var writer = new StreamWriter(entry.Open());
                    writer.Write("1 2 3");
                }
            );
            using var inner = new System.IO.Compression.ZipArchive(model.OpenFile());
            Assert.Equal("weights", Assert.Single(inner.Entries).FullName);
            return File.ReadAllBytes(model.BundlePath);
        }

        Assert.Equal(
            Save(new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero)),
            Save(new DateTimeOffset(2020, 2, 3, 4, 5, 6, TimeSpan.Zero))
        );
        Assert.False(File.Exists(zipped));
    }

    private static HoldoutEvaluation<TrialDay> Two(Graph g, Ref<Table<TrialDay>> rows) =>
        g.Evaluate(rows, row => row.Truth)
            .BySlice(row => row.Half)
            .Candidate("far", g.Shift(rows, 3), g.Apply(g.Shift(rows, 3).Named("again"), rows).Named("apply-far"))
            .Candidate("near", g.Shift(rows, 0.1).Named("shift-2"), g.Apply(g.Shift(rows, 0.1).Named("again-2"), rows));

    [Theory]
    [Trait("Requirement", "R203")]
    [InlineData(10, 6)]
    [InlineData(40, 0)]
    public async Task Limits_of_drift_are_learned_from_windows_of_the_training_rows(int days, int windows)
    {
        using var folder = new TestFolder();
        await using var run = await Run(folder, gate => gate.AtMost("rmse", 1), days);

        var baseline = run.Succeeded().Value<ModelProposal>("register").Baseline;

        Assert.Equal(windows, baseline.Thresholds?.Windows ?? 0);
        Assert.Equal(windows == 0, baseline.Thresholds?.Find("x") is null);
        Assert.Equal(["x", "prediction"], baseline.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Limits_of_drift_need_days_a_share_and_a_time()
    {
        var app = MlApp.Create([], "trial");
        var data = app.Dataset<TrialDay>("trials");
        RondoException? error = null;
        app.Pipeline(
            "train",
            g =>
            {
                var rows = g.Trials(g.Validate(g.Ingest(data), data));
                var gated = Two(g, rows).Best().Gate(gate => gate.AtMost("rmse", 1));
                Assert.Throws<RondoException>(() => gated.LearnDriftLimits(0));
                Assert.Throws<RondoException>(() => gated.LearnDriftLimits(7, alpha: 1));
                error = Assert.Throws<RondoException>(() => gated.LearnDriftLimits(7).Register("trial", rows));
            }
        );
        Assert.Contains("is not told when a row happened", error!.Message, StringComparison.Ordinal);
    }

    private static Task<TestRun> Run(TestFolder folder, Action<GateRules> gate, int? driftDays = null)
    {
        var app = MlApp.Create([], "trial");
        var data = app.Dataset<TrialDay>("trials");
        app.Pipeline(
            "train",
            g =>
            {
                var rows = g.Trials(g.Validate(g.Ingest(data), data));
                var best = Two(g, rows).Best();
                var train = g.Apply(best.Model, rows).Named("apply-train");
                var gated = best.Gate(gate);
                gated = driftDays is { } days ? gated.LearnDriftLimits(days) : gated;
                gated.Register("trial", rows, row => row.Date, trainPredictions: train);
            }
        );
        return TestRun.OfAsync(app, "train", new Dictionary<string, string> { ["trials"] = Data(folder) });
    }

    private static string Data(TestFolder folder)
    {
        using var stream = File.Create(folder.Of("trials.csv"));
        Csv.Write(Rows(60).Untyped, stream);
        return folder.Of("trials.csv");
    }

    private static Table<TrialDay> Rows(int count) =>
        Table.From(
            Enumerable
                .Range(0, count)
                .Select(day => new TrialDay(
                    new DateOnly(2020, 1, 1).AddDays(day),
                    day % 10,
                    (day % 10) + (Math.Sin(day) / 1000),
                    day < count / 2 ? "first" : "second"
                ))
        );
}
