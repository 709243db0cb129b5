using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Rondo.Conversion;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;

namespace Rondo.Tests.Conversion;

/// <summary>Whole numbers that a double cannot tell apart reach a model as they are.</summary>
public sealed class WholeNumberParityTests : IDisposable
{
    private const long Least = 1L << 53;

    private readonly TestStep _step = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly Sale[] _sales =
    [
        .. Enumerable.Range(0, 200).Select(i => new Sale { Shop = Least + (i % 5), Label = 10 * (i % 5) }),
    ];

    [Fact]
    [Trait("Requirement", "R143")]
    public void Ids_that_a_double_cannot_hold_are_scored_as_ml_net_does_in_either_form()
    {
        var chain = _ml
            .Transforms.Categorical.OneHotEncoding("Features", "Shop")
            .Append(
                _ml.Regression.Trainers.FastTree(
                    new FastTreeRegressionTrainer.Options { NumberOfTrees = 20, NumberOfThreads = 1 }
                )
            );
        var (model, expected) = Fit(chain);
        var shops = Table();

        var scored = ModelScorer.Predict(model, shops);
        var (converted, conversion) = ConversionSteps.ToOnnx(model, shops, new ConversionOptions(), _step.Context);

        Assert.Equal(5, expected.Distinct().Count());
        Assert.Equal(expected, scored.Select(prediction => (float)prediction.Value));
        Assert.True(conversion.Parity.Verdict.Passed, conversion.Parity.Verdict.Reason);
        Assert.All(
            expected.Zip(ModelScorer.Predict(converted, shops)),
            pair => Assert.Equal(pair.First, pair.Second.Value, 1e-4)
        );
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_whole_number_becomes_single_precision_in_one_step_as_in_ml_net()
    {
        // Just above the middle between two single numbers: by way of a double it lands on it, and is rounded down.
        const long Middle = (1L << 60) + (1L << 36) + 1;
        var data = _ml.Data.LoadFromEnumerable([new Price { Cents = Middle, Label = 1 }]);
        var chain = _ml.Transforms.CopyColumns("Score", "Cents").Fit(data);
        var description = Description("Cents", Middle);
        var model = Model.Save(_step.Context, description, path => _ml.Model.Save(chain, data.Schema, path));

        var scored = ModelScorer.Predict(model, new Table(Column.Of("Cents", [(long?)Middle])));

        Assert.Equal((float)Middle, (float)scored.Single().Value);
        Assert.NotEqual((float)Middle, (float)(double)Middle);
    }

    public void Dispose() => _step.Dispose();

    private (Model Model, float[] Expected) Fit(IEstimator<ITransformer> estimator)
    {
        var data = _ml.Data.LoadFromEnumerable(_sales);
        var chain = estimator.Fit(data);
        var model = Model.Save(
            _step.Context,
            Description("Shop", Least),
            path => _ml.Model.Save(chain, data.Schema, path)
        );
        return (model, [.. chain.Transform(data).GetColumn<float>("Score")]);
    }

    private Table Table() => new(Column.Of("Shop", _sales.Select(sale => (long?)sale.Shop)));

    private static ModelDescription Description(string input, long example) =>
        new(
            ModelDescription.MLNetZip,
            "model.zip",
            "test",
            new ModelSignature([new(input, "INT64", [-1])], [new("Score", "FP32", [-1])]),
            new ModelExample(
                new Dictionary<string, JsonElement> { [input] = JsonSerializer.SerializeToElement(example) },
                new Dictionary<string, JsonElement>()
            )
        );

    private sealed class Sale
    {
        public long Shop { get; set; }

        public float Label { get; set; }
    }

    private sealed class Price
    {
        public float Cents { get; set; }

        public float Label { get; set; }
    }
}
