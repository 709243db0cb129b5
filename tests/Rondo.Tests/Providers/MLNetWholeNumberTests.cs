using System.Buffers;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Rondo.Providers.MLNet;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using Rondo.Serving.OpenInference;

namespace Rondo.Tests.Providers;

/// <summary>Whole numbers that a double cannot tell apart reach a served model as they were sent.</summary>
public sealed class MLNetWholeNumberTests : IDisposable
{
    private const long Least = 1L << 53;

    private static readonly ModelSignature s_signature = new(
        [new("Shop", "INT64", [-1]), new("Cents", "INT64", [-1])],
        [new("Score", "FP32", [-1]), new("Price", "FP32", [-1])]
    );

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-whole-").FullName;

    [Fact]
    public void Ids_that_a_double_cannot_hold_are_answered_as_ml_net_answers_them()
    {
        // Just above the middle between two single numbers: by way of a double it lands on it, and is rounded down.
        const long Middle = (1L << 60) + (1L << 36) + 1;
        var sales = Enumerable
            .Range(0, 200)
            .Select(i => new Sale
            {
                Shop = Least + (i % 5),
                Label = 10 * (i % 5),
                Cents = Middle,
            })
            .ToArray();
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(sales);
        var options = new FastTreeRegressionTrainer.Options { NumberOfTrees = 20, NumberOfThreads = 1 };
        var chain = ml
            .Transforms.Categorical.OneHotEncoding("Features", "Shop")
            .Append(ml.Transforms.CopyColumns("Price", "Cents"))
            .Append(ml.Regression.Trainers.FastTree(options))
            .Fit(data);
        var file = Path.Combine(_folder, "model.zip");
        ml.Model.Save(chain, data.Schema, file);
        float[] expected = [.. chain.Transform(data).GetColumn<float>("Score")];
        using var model = new MLNetRuntime().Load(Description(), file);

        var batch = Ask(model, [.. sales.Select(sale => sale.Shop)], [.. sales.Select(_ => Middle)]);

        Assert.Equal(5, expected.Distinct().Count());
        Assert.Equal(expected, ((Tensor<float>)batch.Outputs[0]).Values.Take(batch.Rows));
        Assert.Equal((float)Middle, ((Tensor<float>)batch.Outputs[1]).Values[0]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ModelDescription Description() =>
        new(
            ModelDescription.MLNetZip,
            "model.zip",
            "test",
            s_signature,
            new ModelExample(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>())
        );

    // Through the wire: what is read from JSON is what is scored.
    private static InferenceBatch Ask(IModel model, long[] shops, long[] cents)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { inputs = new[] { Tensor("Shop", shops), Tensor("Cents", cents) } },
            Rondo.Data.RondoJson.Options
        );
        var batch = InferenceBatch.For(s_signature);
        RequestReader.Read(new ReadOnlySequence<byte>(body), new RequestPlan(s_signature), batch, new RequestHead());
        model.Predict(batch);
        return batch;

        static object Tensor(string name, long[] data) =>
            new
            {
                name,
                datatype = "INT64",
                shape = new[] { data.Length },
                data,
            };
    }

    private sealed class Sale
    {
        public long Shop { get; set; }

        public float Cents { get; set; }

        public float Label { get; set; }
    }
}
