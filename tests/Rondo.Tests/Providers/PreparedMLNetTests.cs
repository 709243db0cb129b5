using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Data;
using Rondo.Providers.MLNet;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Providers;

public sealed class PreparedMLNetTests
{
    private const int Width = 7;

    [Fact]
    [Trait("Requirement", "R40")]
    public async Task A_tree_ensemble_of_ML_NET_answers_raw_requests_to_the_bit_as_it_scores_prepared_rows()
    {
        var rows = Rows();
        var preparation = new PreparationRecipe()
            .Impute("temp", Fill.Median, indicator: true)
            .Scale("temp", Scaling.Standard)
            .OneHot("sky")
            .DateParts("at", DateParts.HourCycle)
            .Drop("target")
            .Fit(rows);
        var ml = new MLContext(seed: 1);
        var options = new LightGbmRegressionTrainer.Options
        {
            NumberOfThreads = 1,
            NumberOfIterations = 20,
            MinimumExampleCountPerLeaf = 3,
        };
        var data = ml.Data.LoadFromEnumerable(Vectors(preparation.Apply(rows), rows));
        var trained = ml.Regression.Trainers.LightGbm(options).Fit(data);
        var expected = trained.Transform(data).GetColumn<float>("Score").ToArray();
        using var step = new TestStep();
        var first = Vectors(preparation.Apply(rows), rows)[0].Features;
        var description = new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            "trees",
            new([new("Features", "FP32", [-1, Width])], [new("Score", "FP32", [-1])]),
            new(
                new Dictionary<string, JsonElement> { ["Features"] = JsonSerializer.SerializeToElement(first) },
                new Dictionary<string, JsonElement> { ["Score"] = JsonSerializer.SerializeToElement(expected[0]) }
            )
        );
        var model = Model
            .Save(step.Context, description, file => ml.Model.Save(trained, data.Schema, file))
            .With(preparation, rows.Slice(0, 1).Drop("target"));
        await using var serving = await ServingHarness.StartAsync(services => services.AddMLNet());
        await PreparedModels.ServeAsync(serving, model);

        using var content = new StringContent(
            PreparedModels.Request(rows, model.Description.Signature),
            Encoding.UTF8,
            "application/json"
        );
        using var response = await serving.Client.PostAsync("/v2/models/line/infer", content);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.True(response.IsSuccessStatusCode, body.GetRawText());
        var answers = body.GetProperty("outputs")[0].GetProperty("data").EnumerateArray();
        Assert.Equal(expected, answers.Select(answer => answer.GetSingle()));
        Assert.True(expected.Distinct().Count() > 10);
    }

    private static Table Rows()
    {
        var random = new Random(7);
        var count = 200;
        string[] skies = ["clear", "rain", "snow"];
        var start = new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero);
        return new(
            Column.Of(
                "temp",
                Enumerable.Range(0, count).Select(i => i % 9 == 8 ? (double?)null : random.NextDouble() * 30)
            ),
            Column.Of("sky", Enumerable.Range(0, count).Select(i => i % 11 == 10 ? null : skies[random.Next(3)])),
            Column.Of("at", Enumerable.Range(0, count).Select(i => (DateTimeOffset?)start.AddHours(i))),
            Column.Of("target", Enumerable.Range(0, count).Select(i => (double)((i % 24) + random.Next(3))))
        );
    }

    private static Vector[] Vectors(Table prepared, Table rows) =>
        [
            .. Enumerable
                .Range(0, prepared.RowCount)
                .Select(row => new Vector
                {
                    Features =
                    [
                        .. prepared.Columns.Select(column =>
                            Convert.ToSingle(
                                column[row] ?? float.NaN,
                                System.Globalization.CultureInfo.InvariantCulture
                            )
                        ),
                    ],
                    Label = (float)(double)rows["target"][row]!,
                }),
        ];

    private sealed class Vector
    {
        [VectorType(Width)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
