using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk;
using Rondo.Sdk.BuiltIn;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace Rondo.Tests.Sdk;

public sealed class GateTests : IDisposable
{
    private static readonly DateOnly s_first = new(2020, 1, 1);

    private readonly TestStep _step = new();
    private readonly Table<TrialDay> _rows = Rows(91);

    public void Dispose() => _step.Dispose();

    [Fact]
    [Trait("Requirement", "R11")]
    public void A_rival_must_be_beaten_beyond_chance_if_it_serves_and_there_may_be_none()
    {
        var good = Errors(index => Math.Sin(index));
        var alike = Errors(index => Math.Sin(index + 1) * 1.001);
        var bad = Errors(index => 2 * Math.Sin(index));

        Assert.True(Check(good, bad).Passed);
        Assert.True(Check(good, bad).High < 0);
        Assert.False(Check(good, alike).Passed);
        Assert.False(Check(good, good).Passed);
        Assert.True(Check(good, null).Passed);
        Assert.Contains("there is none yet", Check(good, null).Reason);
    }

    [Fact]
    [Trait("Requirement", "R11")]
    public void Rivals_are_shown_by_the_same_slices_of_the_same_rows()
    {
        var report = Gate(Errors(_ => 1), Errors(index => index < 45 ? 2 : 3), null);

        var rival = Assert.Single(report.Rivals);
        Assert.Equal(
            [("all", 91, 2.55), ("first", 45, 2.0), ("second", 46, 3.0)],
            rival.Slices.Select(slice => (slice.Value, slice.N, Math.Round(slice.Metrics["rmse"], 2)))
        );
        Assert.Equal(rival.Slices[0].Metrics, rival.Metrics);
        Assert.Null(rival.After);
        Assert.Null(rival.Candidate);
    }

    [Fact]
    [Trait("Requirement", "R11")]
    public void A_serving_model_is_compared_on_the_rows_that_it_was_not_trained_on()
    {
        // It knows the first forty rows by heart, and is bad on the others.
        var report = Gate(Errors(_ => 1), Errors(index => index < 40 ? 0 : 2), Model(s_first.AddDays(39)));

        var check = Assert.Single(report.Verdict.Checks);
        Assert.True(check.Passed, check.Reason);
        Assert.Contains("RMSE 1 against 2 on 51 rows", check.Reason);
        Assert.Contains("the rows after 2020-02-09", check.Reason);
        var rival = Assert.Single(report.Rivals);
        Assert.Equal(s_first.AddDays(39), rival.After);
        Assert.Equal([51, 5, 46], rival.Slices.Select(slice => slice.N));
        Assert.Equal([51, 5, 46], rival.Candidate!.Select(slice => slice.N));
    }

    [Fact]
    [Trait("Requirement", "R11")]
    public void A_serving_model_that_was_trained_on_nearly_all_rows_is_not_compared_and_the_gate_says_so()
    {
        var unseen = GateRules.UnseenRowsMin - 1;
        var report = Gate(Errors(_ => 1), Errors(_ => 2), Model(s_first.AddDays(90 - unseen)));

        var check = Assert.Single(report.Verdict.Checks);
        Assert.False(check.Passed);
        Assert.Contains("trained to 2020-03-04: 27 of the 91 rows of the hold-out are later", check.Reason);
        Assert.Empty(report.Rivals);
    }

    [Fact]
    public void A_serving_model_that_ends_before_the_holdout_is_compared_on_all_of_it()
    {
        var check = Assert.Single(Gate(Errors(_ => 1), Errors(_ => 2), Model(s_first.AddDays(-1))).Verdict.Checks);
        Assert.EndsWith("is below 0", check.Reason, StringComparison.Ordinal);
        Assert.Contains("on 91 rows", check.Reason);
    }

    [Fact]
    public void A_serving_model_without_a_day_may_have_seen_the_rows_and_the_gate_says_so()
    {
        var check = Assert.Single(Gate(Errors(_ => 1), Errors(_ => 2), Model(null)).Verdict.Checks);
        Assert.True(check.Passed);
        Assert.Contains("it may have seen these rows", check.Reason);
    }

    [Fact]
    public void A_slice_that_a_mean_hides_fails_the_limit_for_every_slice()
    {
        var good = Errors(index => index < 45 ? 0.1 : 1);
        var even = Errors(_ => 0.8);

        GateCheck Slice(SlicePlan limit) => Gate(good, even, null, limit).Verdict.Checks[1];

        var most = Slice(new("rmse", null, 0.9, 10));
        Assert.False(most.Passed);
        Assert.Equal("rmse is above 0.9 in a slice: at worst 1 where Half is second (46 rows)", most.Reason);
        Assert.True(Slice(new("rmse", null, 1, 10)).Passed);
        Assert.False(Slice(new("rmse", null, 1, 50)).Passed);

        var worse = Slice(new("rmse", "serving", 0, 10));
        Assert.False(worse.Passed);
        Assert.Contains("RMSE 1 against 0.8 where Half is second", worse.Reason);
        Assert.True(Slice(new("rmse", "serving", 0.25, 10)).Passed);
    }

    [Fact]
    public void A_dated_model_is_the_same_model_and_says_to_which_day_it_was_trained()
    {
        var model = Model(null);
        using var folder = new TestFolder();
        var path = folder.Of("bundle.zip");
        using (var stream = File.Create(path))
        {
            Rondo.Sdk.Artifacts.Model.Write(model.TrainedTo(s_first), stream);
        }

        var read = Rondo.Sdk.Model.Open(path);
        Assert.Equal(s_first, read.Description.TrainedTo);
        using var file = new StreamReader(read.OpenFile());
        Assert.Equal("weights", file.ReadToEnd());
        Assert.Same(model, model.TrainedTo(null));
    }

    [Fact]
    public void The_gate_is_given_the_time_of_the_split_and_the_model_that_serves()
    {
        var app = MlApp.Create([], "trial");
        var data = app.Dataset<TrialDay>("trials");
        app.Pipeline(
            "train",
            g =>
            {
                var (past, recent) = g.SplitByTime(g.Validate(g.Ingest(data), data), row => row.Date, 20);
                var near = g.Shift(past, 0.1);
                var serving = g.Serving("trial").IfAny(model => g.Apply(model, recent).Named("score-serving"));
                g.Evaluate(recent, row => row.Truth)
                    .Candidate("near", near, g.Apply(near, recent))
                    .Best()
                    .Gate(gate => gate.Beats("naive", g.Short(recent)).BeatsServing(serving))
                    .Register("trial", past, row => row.Date);
            }
        );

        var gate = app.ToManifest().Pipelines[0].Nodes.Single(node => node.Id == "gate");
        var plan = gate.Arguments.Single(argument => argument.Name == "plan").Value!.Value;
        Assert.Equal("Date", plan.GetProperty("time").GetString());
        Assert.Equal(
            [null, 0],
            plan.GetProperty("rivals")
                .EnumerateArray()
                .Select(rival =>
                    rival.TryGetProperty("served", out var served) && served.ValueKind == JsonValueKind.Number
                        ? served.GetInt32()
                        : (int?)null
                )
        );
        Assert.Equal("serving-trial", gate.Inputs.Single(input => input.Port == "served.0").FromNode);
    }

    private GateCheck Check(Table<Prediction> candidate, Table<Prediction>? rival) =>
        Assert.Single(Gate(candidate, rival, null).Verdict.Checks);

    private GateReport Gate(
        Table<Prediction> candidate,
        Table<Prediction>? rival,
        Model? served,
        params IReadOnlyList<SlicePlan> slices
    ) =>
        EvaluationSteps.Gate(
            _rows.Untyped,
            [candidate, rival],
            [served],
            new GatePlan("Truth", "Date", ["Half"], [new("serving", Surely: true, 0, Served: 0)], [], slices),
            _step.Context
        );

    private Model Model(DateOnly? trainedTo) =>
        Rondo.Sdk.Model.Save(
            _step.Context,
            new ModelDescription(
                "text",
                "weights.txt",
                "none",
                new([], []),
                new(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>()),
                trainedTo
            ),
            path => File.WriteAllText(path, "weights")
        );

    private Table<Prediction> Errors(Func<int, double> error) =>
        Table.From(_rows.Select((row, index) => new Prediction(row.Truth + error(index))));

    private static Table<TrialDay> Rows(int count) =>
        Table.From(
            Enumerable
                .Range(0, count)
                .Select(day => new TrialDay(
                    s_first.AddDays(day),
                    day % 10,
                    (day % 10) + (Math.Sin(day) / 1000),
                    day < count / 2 ? "first" : "second"
                ))
        );
}
