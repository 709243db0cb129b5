using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Rondo.Conversion;
using Rondo.Data;
using Rondo.Providers.MLNet;
using Rondo.Providers.Onnx;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;
using Rondo.Tests.Sdk;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Conversion;

/// <summary>A row of the pipeline under test: what the model takes, and the truth.</summary>
public sealed record Ride(DateOnly Date, double? Temperature, string? Day, double Delay);

/// <summary>Steps as an author writes them.</summary>
public static class RideSteps
{
    internal static ModelSignature Signature { get; } =
        new([new("Temperature", "FP32", [-1]), new("Day", "BYTES", [-1])], [new("Score", "FP32", [-1])]);

    [Step]
    public static Model TrainRides(Table<Ride> rides, StepContext context)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(rides.Select(RideRow.Of));
        var chain = ml
            .Transforms.Categorical.OneHotEncoding("Day")
            .Append(ml.Transforms.Concatenate("Features", "Temperature", "Day"))
            .Append(
                ml.Regression.Trainers.FastTree(
                    new FastTreeRegressionTrainer.Options
                    {
                        LabelColumnName = "Delay",
                        NumberOfTrees = 30,
                        NumberOfThreads = 1,
                    }
                )
            )
            .Fit(data);
        var first = RideRow.Of(rides[0]);
        var example = new ModelExample(
            new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["Temperature"] = JsonSerializer.SerializeToElement(first.Temperature),
                ["Day"] = JsonSerializer.SerializeToElement(first.Day),
            },
            new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["Score"] = JsonSerializer.SerializeToElement(chain.Transform(data).GetColumn<float>("Score").First()),
            }
        );
        var description = new ModelDescription(ModelDescription.MLNetZip, "model.zip", "trees", Signature, example);
        return Model.Save(context, description, path => ml.Model.Save(chain, data.Schema, path));
    }

    [Step]
    public static Table<Prediction> PredictRides(Model model, Table<Ride> rides) => ModelScorer.Predict(model, rides);

    private sealed class RideRow
    {
        public float Temperature { get; set; }

        public string Day { get; set; } = "";

        public float Delay { get; set; }

        public static RideRow Of(Ride ride) =>
            new()
            {
                Temperature = (float)(ride.Temperature ?? double.NaN),
                Day = ride.Day ?? "",
                Delay = (float)ride.Delay,
            };
    }
}

public sealed class OnnxPipelineTests
{
    [Fact]
    [Trait("Requirement", "R143")]
    public async Task A_pipeline_trains_converts_and_registers_what_then_serves_the_answers_of_the_original()
    {
        using var folder = new TestFolder();
        await using var run = await TestRun.OfAsync(Declare(new ConversionOptions()), "train", Data(folder));
        run.Succeeded();

        var proposal = run.Value<ModelProposal>("register");
        var original = run.Model("train-rides");
        var converted = run.Model("profile", "model");
        Assert.Equal((ModelDescription.Onnx, "model.onnx"), (proposal.Description.Format, proposal.Description.File));
        Assert.Equal(run.Node("profile").Outputs["model"].Artifact, proposal.Artifact);
        Assert.Equal(new DateOnly(2024, 8, 7), proposal.Description.TrainedTo);
        var conversion = proposal.Conversion!;
        Assert.Equal(("mlnet-zip", "onnx"), (conversion.From.Format, conversion.To.Format));
        Assert.True(conversion.Parity.Verdict.Passed);
        Assert.Equal(6, conversion.Parity.ProbeRows);
        Assert.Contains("size.bytes", run.Node("to-onnx").Metrics.Keys);
        Assert.Contains("pass  Score differs by", run.Log);

        await using var served = await ServingHarness.StartAsync(services => services.AddMLNet().AddOnnx());
        await PreparedModels.ServeAsync(served, converted);
        var rows = Rides()
            .Append(new Ride(new DateOnly(2025, 1, 1), 11, "a day that nobody knows", 0))
            .Select(ride => ride with { Temperature = ride.Temperature ?? 0 })
            .ToList();
        var answers = await AskAsync(served, Table.From(rows).Untyped, converted.Description.Signature);

        var expected = ModelScorer.Predict(original, Table.From(rows));
        Assert.Equal(rows.Count, answers.Count);
        Assert.All(expected.Zip(answers), pair => Assert.Equal(pair.First.Value, pair.Second, 1e-4));
        Assert.True(answers.Distinct().Count() > 10);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public async Task Where_parity_fails_the_run_stops_with_the_figures_and_nothing_is_proposed()
    {
        using var folder = new TestFolder();
        // Nothing computes in single precision without a difference.
        var app = Declare(new ConversionOptions { Tolerance = 0 });
        await using var run = await TestRun.OfAsync(app, "train", Data(folder));

        run.Ended(LocalState.Stopped);

        Assert.Contains("does not answer as the original does", run.Node("to-onnx").Message);
        Assert.False(run.Value<ModelConversion>("to-onnx", "conversion").Parity.Verdict.Passed);
        Assert.Empty(run.Node("register").Outputs);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    [Trait("Requirement", "R40")]
    public async Task The_preparation_of_a_model_stays_beside_it_and_raw_requests_are_answered_as_before()
    {
        using var step = new TestStep();
        var raw = Table.From(Rides()).Untyped.Drop("Date");
        var preparation = new PreparationRecipe()
            .Impute("Temperature", Fill.Median, indicator: true)
            .OneHot("Day")
            .Drop("Delay")
            .Fit(raw);
        var model = Prepared(step, raw, preparation);

        var (converted, _) = ConversionSteps.ToOnnx(model, raw, new ConversionOptions(), step.Context);

        Assert.Equal(model.Description.Preparation, converted.Description.Preparation);
        Assert.Equal(preparation.ToJson(), converted.Preparation!.ToJson());
        await using var served = await ServingHarness.StartAsync(services => services.AddOnnx());
        await PreparedModels.ServeAsync(served, converted);
        var answers = await AskAsync(served, raw, converted.Description.Signature);
        Assert.All(
            ModelScorer.Predict(model, raw).Zip(answers),
            pair => Assert.Equal(pair.First.Value, pair.Second, 1e-4)
        );
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public async Task A_version_knows_size_latency_and_parity_in_the_registry_too()
    {
        await using var served = await ServingHarness.StartAsync();
        var proposal = await TestModels.ProposeAsync(served.Kernel.Blobs, new LineModel(1, 2));
        var conversion = new ModelConversion(
            new("mlnet-zip", 2000, 10.5, 21),
            new("onnx", 900, 4, 9.25),
            new(10, 2, 1e-4, [new("Score", 1e-6, 1e-7, null)], proposal.Verdict)
        );
        var version = await served.Kernel.Database.WriteAsync(t =>
            served
                .Registry.RegisterAsync(t, TestModels.Origin("r1"), proposal with { Conversion = conversion })
                .AsTask()
        );

        var read = await served.Registry.GetAsync(TestModels.Key, version.Version);
        var listed = await TestModels.ListAsync(served.Kernel.Database);
        var path = "/api/v1/projects/transit/models/demand/card?environment=production&version=1";
        var card = await served.Client.GetStringAsync(path + "&format=html");
        var facts = await served.Client.GetFromJsonAsync<JsonElement>(path);

        Assert.Equal(conversion.To, read.Proposal.Conversion!.To);
        Assert.Equal(10, read.Proposal.Conversion.Parity.Rows);
        Assert.Equal(conversion.From, Assert.Single(listed).Conversion!.From);
        Assert.Equal(
            9.25,
            facts.GetProperty("version").GetProperty("conversion").GetProperty("to").GetProperty("p99Us").GetDouble()
        );
        Assert.Contains("<td>onnx</td><td class=\"number\">900</td>", card);
    }

    private static MlApp Declare(ConversionOptions options)
    {
        var app = MlApp.Create([], "rides");
        var data = app.Dataset<Ride>("rides");
        app.Pipeline(
            "train",
            g =>
            {
                var rows = g.Validate(g.Ingest(data), data);
                var (past, holdout) = g.SplitByTime(rows, ride => ride.Date, holdoutDays: 60);
                var model = g.TrainRides(past);
                g.Evaluate(holdout, ride => ride.Delay)
                    .Candidate("trees", model, g.PredictRides(model, holdout))
                    .Best()
                    .Gate(gate => gate.AtMost("rmse", 3))
                    .ToOnnx(options)
                    .Register("delay", past, ride => ride.Date);
            }
        );
        return app;
    }

    private static Model Prepared(TestStep step, Table raw, Preparation preparation)
    {
        var prepared = preparation.Apply(raw);
        var width = prepared.Columns.Count;
        var ml = new MLContext(seed: 1);
        var schema = SchemaDefinition.Create(typeof(Vector));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        Vector[] rows =
        [
            .. Enumerable
                .Range(0, raw.RowCount)
                .Select(row => new Vector
                {
                    Features = [.. prepared.Columns.Select(column => Convert.ToSingle(column[row], null))],
                    Label = Convert.ToSingle(raw["Delay"][row], null),
                }),
        ];
        var data = ml.Data.LoadFromEnumerable(rows, schema);
        var trained = ml.Regression.Trainers.FastTree(numberOfTrees: 20).Fit(data);
        var score = trained.Transform(data).GetColumn<float>("Score").First();
        var description = new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            "line",
            new([new("Features", "FP32", [-1, width])], [new("Score", "FP32", [-1])]),
            new(
                new Dictionary<string, JsonElement>(StringComparer.Ordinal)
                {
                    ["Features"] = JsonSerializer.SerializeToElement(rows[0].Features),
                },
                new Dictionary<string, JsonElement>(StringComparer.Ordinal)
                {
                    ["Score"] = JsonSerializer.SerializeToElement(score),
                }
            )
        );
        return Model
            .Save(step.Context, description, path => ml.Model.Save(trained, data.Schema, path))
            .With(preparation, raw.Slice(0, 1).Drop("Delay"));
    }

    private static async Task<List<double>> AskAsync(ServingHarness served, Table rows, ModelSignature signature)
    {
        using var content = new StringContent(
            PreparedModels.Request(rows, signature),
            Encoding.UTF8,
            "application/json"
        );
        using var response = await served.Client.PostAsync("/v2/models/line/infer", content);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, body.GetRawText());
        return [.. body.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(x => x.GetDouble())];
    }

    private static List<Ride> Rides()
    {
        var random = new Random(5);
        string[] days = ["mon", "tue", "sat"];
        return
        [
            .. Enumerable
                .Range(0, 280)
                .Select(i =>
                {
                    var (temperature, day) = (Math.Round(random.NextDouble() * 30, 1), days[random.Next(3)]);
                    var delay = Math.Round((temperature * 0.3) + (day == "mon" ? 5 : 0) + random.NextDouble(), 2);
                    return new Ride(new DateOnly(2024, 1, 1).AddDays(i), i % 17 == 16 ? null : temperature, day, delay);
                }),
        ];
    }

    private static Dictionary<string, string> Data(TestFolder folder)
    {
        var file = folder.Of("rides.csv");
        using var stream = File.Create(file);
        Csv.Write(Table.From(Rides()).Untyped, stream);
        return new(StringComparer.Ordinal) { ["rides"] = file };
    }

    private sealed class Vector
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
