using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Rondo.Conversion;
using Rondo.Conversion.Onnx;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Conversion;

/// <summary>What stands in front of a trainer and behind it, each by itself: the columns themselves are the outputs that are compared.</summary>
public sealed class TransformerParityTests : IDisposable
{
    // A rounding of single precision.
    private static readonly ConversionOptions s_exact = new() { Tolerance = 1e-7 };

    private readonly ChainFixture _chain = new();

    [Fact]
    [Trait("Requirement", "R143")]
    public void Columns_in_the_place_of_others_copies_indicators_and_what_is_selected_are_the_same_to_the_bit()
    {
        var transforms = _chain.Ml.Transforms;
        var chain = transforms
            .CopyColumns("Warmth", "Temperature")
            .Append(transforms.IndicateMissingValues("Lacks", "Warmth"))
            .Append(transforms.Conversion.ConvertType("LacksF", "Lacks", DataKind.Single))
            .Append(transforms.ReplaceMissingValues([new("Distance"), new("Temperature")]))
            // Two at once, in another order than that of the rows.
            .Append(transforms.NormalizeMinMax([new("Distance"), new("Temperature")]))
            .Append(transforms.Conversion.ConvertType("Far", "Distance", DataKind.Single))
            .Append(transforms.Conversion.ConvertType("Far", "Far", DataKind.Single))
            .Append(transforms.NormalizeRobustScaling("Far"))
            .Append(transforms.Concatenate("Features", "Far", "LacksF", "Temperature"))
            .Append(transforms.NormalizeMeanVariance("Features", fixZero: false))
            .Append(transforms.CopyColumns("Away", "Distance"))
            .Append(transforms.SelectColumns("Features", "Away", "Distance", "Lacks"));
        var model = _chain.Fit(
            chain,
            new("Features", "FP32", [-1, 3]),
            new("Away", "FP64", [-1]),
            new("Lacks", "BOOL", [-1])
        );

        AssertExact(model);
        var twice = _chain.Fit(chain, new TensorSignature("Distance", "FP64", [-1]));
        Assert.Contains(
            "'Distance' is an input and an output of the signature",
            Assert.Throws<RondoException>(() => ConversionSteps.Convert(twice)).What
        );
    }

    [Theory]
    [InlineData(OneHotEncodingEstimator.OutputKind.Indicator)]
    [InlineData(OneHotEncodingEstimator.OutputKind.Bag)]
    [Trait("Requirement", "R143")]
    public void Categories_of_texts_whole_numbers_and_numbers_are_the_same_also_unknown_and_missing_ones(
        OneHotEncodingEstimator.OutputKind kind
    )
    {
        foreach (var (place, trip) in _chain.Trips.Index())
        {
            // Neighbours that single precision does not tell apart.
            trip.Riders = 9_000_000_000_000 + (place % 4);
            trip.Temperature = float.IsNaN(trip.Temperature) ? float.NaN : (place % 3) + 0.5f;
        }
        var categorical = _chain.Ml.Transforms.Categorical;
        var chain = categorical
            .OneHotEncoding("Day", outputKind: kind)
            .Append(categorical.OneHotEncoding("Many", "Riders", kind))
            .Append(categorical.OneHotEncoding("Warm", "Temperature", kind))
            .Append(_chain.Ml.Transforms.Concatenate("Features", "Warm", "Day", "Many"));
        var model = _chain.Fit(chain, new TensorSignature("Features", "FP32", [-1, 12]));

        AssertExact(model);
    }

    [Theory]
    [InlineData("Score", 1.5f)]
    [InlineData("Probability", 0.9f)]
    [Trait("Requirement", "R143")]
    public void A_threshold_that_was_moved_moves_the_label(string column, float threshold)
    {
        var trainer = _chain.Ml.BinaryClassification.Trainers.LbfgsLogisticRegression(
            new LbfgsLogisticRegressionBinaryTrainer.Options { LabelColumnName = "Late", NumberOfThreads = 1 }
        );
        var data = _chain.Ml.Data.LoadFromEnumerable(_chain.Trips);
        var prepared = _chain.Features().Fit(data);
        var trained = trainer.Fit(prepared.Transform(data));
        var moved = _chain.Ml.BinaryClassification.ChangeModelThreshold(trained, threshold);
        if (column == "Probability")
        {
            typeof(BinaryPredictionTransformer<>)
                .MakeGenericType(moved.GetType().GetGenericArguments())
                .GetField(
                    "ThresholdColumn",
                    System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic
                )!
                .SetValue(moved, column);
        }
        var model = _chain.Save(
            new TransformerChain<ITransformer>(prepared, moved),
            new("Score", "FP32", [-1]),
            new("PredictedLabel", "BOOL", [-1])
        );

        var conversion = Convert(model, new ConversionOptions());

        Assert.Equal(0, conversion.Parity.Outputs[1].DecisionsDiffer);
        var constants = ConversionSteps.Convert(model).Graph.Initializer;
        Assert.Contains(constants, constant => constant.FloatData.Count == 1 && constant.FloatData[0] == threshold);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void What_prepared_the_label_is_not_written()
    {
        var chain = _chain
            .Ml.Transforms.Text.FeaturizeText("Words", "Kind")
            .Append(_chain.FeaturesWithMissing())
            .Append(_chain.Ml.Regression.Trainers.FastForest(labelColumnName: "Delay", numberOfTrees: 5));

        var graph = ConversionSteps.Convert(_chain.Fit(chain)).Graph;

        Assert.Equal(["Temperature", "Distance", "Riders", "Holiday", "Day"], graph.Input.Select(input => input.Name));
        Assert.Equal(["Score"], graph.Output.Select(output => output.Name));
        Assert.Single(graph.Node, node => node.OpType == "TreeEnsembleRegressor");
    }

    public void Dispose() => _chain.Dispose();

    private void AssertExact(Model model)
    {
        var parity = Convert(model, s_exact).Parity;
        Assert.True(parity.Verdict.Passed, parity.Verdict.Reason);
    }

    private ModelConversion Convert(Model model, ConversionOptions options)
    {
        try
        {
            return ConversionSteps.ToOnnx(model, _chain.Table, options, _chain.Step.Context).Conversion;
        }
        catch (StepStoppedException)
        {
            Assert.Fail(_chain.Step.Log);
            throw;
        }
    }
}
