using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Rondo.Conversion;
using Rondo.Conversion.Onnx;
using Rondo.Conversion.Parity;
using Rondo.Conversion.Scoring;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Conversion;

public sealed class ConversionTests : IDisposable
{
    private static readonly ConversionOptions s_options = new();

    private readonly ChainFixture _chain = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Requirement", "R143")]
    public void A_converter_that_is_wrong_is_caught_and_what_it_differed_by_is_kept(bool trees)
    {
        var model = trees ? Trees() : _chain.Fit(_chain.Features().Append(Linear()));
        var proto = ConversionSteps.Convert(model);
        if (trees)
        {
            // One leaf of forty trees, by a hundredth.
            var node = proto.Graph.Node.Single(node => node.OpType == "TreeEnsembleRegressor");
            node.Attribute.Single(attribute => attribute.Name == "target_weights").Floats[3] += 0.01f;
        }
        else
        {
            var matrix = proto.Graph.Node.Single(node => node.OpType == "MatMul").Input[1];
            proto.Graph.Initializer.Single(constant => constant.Name == matrix).FloatData[0] *= 1.01f;
        }

        var stopped = Assert.Throws<StepStoppedException>(() => Finish(model, proto));

        Assert.Contains("does not answer as the original does: Score differs by", stopped.Message);
        Assert.Contains("ConversionOptions", stopped.Mend);
        var (port, kept) = Assert.Single(stopped.Keep);
        Assert.Equal("conversion", port);
        var check = Assert.Single(Assert.IsType<ModelConversion>(kept).Parity.Verdict.Checks);
        Assert.False(check.Passed);
        Assert.True(check.Observed > check.Limit);
        Assert.Contains("FAIL  Score differs by", _chain.Step.Log);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_tree_that_sends_missing_values_the_wrong_way_is_caught_by_the_rows_made_for_that()
    {
        // No row of the sample lacks a number: only the rows that are made of them do.
        var whole = ChainFixture.TableOf([.. _chain.Trips.Where(trip => !float.IsNaN(trip.Temperature))]);
        var model = Trees();
        var proto = ConversionSteps.Convert(model);
        var sides = proto
            .Graph.Node.Single(node => node.OpType == "TreeEnsembleRegressor")
            .Attribute.Single(attribute => attribute.Name == "nodes_missing_value_tracks_true");
        for (var i = 0; i < sides.Ints.Count; i++)
        {
            sides.Ints[i] = 1 - sides.Ints[i];
        }

        var stopped = Assert.Throws<StepStoppedException>(() =>
            ConversionSteps.Finish(model, proto, Feed.Of(model, whole), s_options, _chain.Step.Context)
        );

        Assert.Contains("Score differs by", stopped.Message);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void What_may_differ_is_for_the_author_to_say()
    {
        var model = _chain.Fit(_chain.Features().Append(Linear()));
        var proto = ConversionSteps.Convert(model);
        var matrix = proto.Graph.Node.Single(node => node.OpType == "MatMul").Input[1];
        proto.Graph.Initializer.Single(constant => constant.Name == matrix).FloatData[0] *= 1.01f;

        var (_, conversion) = ConversionSteps.Finish(
            model,
            proto,
            Feed.Of(model, _chain.Table),
            s_options with
            {
                Tolerance = 0.1,
                SampleRowsMax = 100,
            },
            _chain.Step.Context
        );

        Assert.True(conversion.Parity.Verdict.Passed);
        Assert.Equal(
            (113, 13, 0.1),
            (conversion.Parity.Rows, conversion.Parity.ProbeRows, conversion.Parity.Tolerance)
        );
        Assert.InRange(conversion.Parity.Outputs[0].MaxRelative, 1e-4, 0.1);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_transformer_that_cannot_be_written_is_refused_by_name_with_what_to_do()
    {
        var text = _chain.Ml.Transforms.Text.FeaturizeText("DayText", "Day");
        var features = _chain.Ml.Transforms.Concatenate("Features", "DayText");
        var model = _chain.Fit(text.Append(features).Append(Linear()));

        var refused = Assert.Throws<RondoException>(() => ConversionSteps.Convert(model));

        Assert.StartsWith(
            "TextFeaturizingEstimator.Transformer, which makes column 'DayText', cannot be exported to ONNX",
            refused.What
        );
        Assert.Contains("OneHotEncoding", refused.Mend);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_normalizer_that_is_no_line_and_a_trainer_without_a_writer_are_refused_by_name()
    {
        var bins = _chain.FeaturesWithMissing().Append(_chain.Ml.Transforms.NormalizeBinning("Features"));
        var gam = _chain.Ml.Regression.Trainers.Gam(labelColumnName: "Delay", numberOfIterations: 5);

        var bent = Assert.Throws<RondoException>(() => ConversionSteps.Convert(_chain.Fit(bins.Append(Linear()))));
        var curved = Assert.Throws<RondoException>(() =>
            ConversionSteps.Convert(_chain.Fit(_chain.Features().Append(gam)))
        );

        Assert.Equal(
            "NormalizingTransformer, which makes column 'Features', cannot be exported to ONNX: its scale is no straight line.",
            bent.What
        );
        Assert.Contains("there is no writer for GamRegressionModelParameters", curved.What);
        Assert.Contains("Serve the model as it is", curved.Mend);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_trainer_that_looks_at_no_feature_is_refused_by_name()
    {
        var prior = _chain.Ml.BinaryClassification.Trainers.Prior("Late");
        var model = _chain.Fit(prior, new TensorSignature("Probability", "FP32", [-1]));

        var refused = Assert.Throws<RondoException>(() => ConversionSteps.Convert(model));

        Assert.Equal(
            "BinaryPredictionTransformer, which makes column 'Probability', cannot be exported to ONNX: there is no writer for PriorModelParameters.",
            refused.What
        );
        Assert.Contains("Serve the model as it is", refused.Mend);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_model_that_is_onnx_already_and_a_sample_without_rows_or_columns_are_refused()
    {
        var model = _chain.Fit(_chain.Features().Append(Linear()));
        var (converted, _) = Finish(model, ConversionSteps.Convert(model));

        var twice = Assert.Throws<RondoException>(() => ConversionSteps.Convert(converted));
        var empty = Assert.Throws<RondoException>(() =>
            ConversionSteps.ToOnnx(model, _chain.Table.Slice(0, 0), s_options, _chain.Step.Context)
        );
        var narrow = Assert.Throws<RondoException>(() =>
            ConversionSteps.ToOnnx(model, _chain.Table.Drop("Riders"), s_options, _chain.Step.Context)
        );

        Assert.Contains("has the format 'onnx'", twice.What);
        Assert.Contains("no rows", empty.What);
        Assert.StartsWith("The model takes 'Riders', and the rows have no such column", narrow.What);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void The_same_model_gives_the_same_bytes_and_everything_but_its_format_stays()
    {
        var model = Trees();

        var (first, _) = Finish(model, ConversionSteps.Convert(model));
        var (second, _) = Finish(model, ConversionSteps.Convert(model));

        Assert.Equal(Bundle(first), Bundle(second));
        Assert.Equal(model.Description with { Format = ModelDescription.Onnx, File = "model.onnx" }, first.Description);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void Rows_are_scored_by_either_form_alike()
    {
        var model = Trees();
        var (converted, _) = Finish(model, ConversionSteps.Convert(model));

        var before = ModelScorer.Predict(model, _chain.Table);
        var after = ModelScorer.Predict(converted, _chain.Table);
        var wrong = Assert.Throws<RondoException>(() => ModelScorer.Predict(converted, _chain.Table, "Probability"));

        Assert.Equal(ChainFixture.Rows, before.Count);
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First.Value, pair.Second.Value, 1e-4));
        Assert.Contains("no single number 'Probability'", wrong.What);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_converter_that_differs_for_endless_numbers_only_is_caught_unless_the_author_leaves_them_out()
    {
        var model = _chain.Fit(_chain.Features().Append(Linear()));
        var proto = ConversionSteps.Convert(model);
        var product = proto.Graph.Node.Single(node => node.OpType == "MatMul");
        // No number of the sample is beyond this bound.
        proto.Graph.Node.Insert(
            proto.Graph.Node.IndexOf(product),
            new NodeProto
            {
                OpType = "Clip",
                Input = { product.Input[0], "", "bound" },
                Output = { "bounded" },
            }
        );
        proto.Graph.Initializer.Add(
            new TensorProto
            {
                Name = "bound",
                DataType = 1,
                FloatData = { 1e20f },
            }
        );
        product.Input[0] = "bounded";

        var stopped = Assert.Throws<StepStoppedException>(() => Finish(model, proto));
        var (_, conversion) = ConversionSteps.Finish(
            model,
            proto,
            Feed.Of(model, _chain.Table),
            s_options with
            {
                Extremes = false,
            },
            _chain.Step.Context
        );

        Assert.Contains("Score differs by", stopped.Message);
        Assert.Contains("Extremes = false", stopped.Mend);
        Assert.Equal(5, conversion.Parity.ProbeRows);
        Assert.Contains(
            conversion.Parity.Verdict.Checks,
            check => check.Reason == "huge and endless numbers were not compared"
        );
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void What_a_huge_number_makes_of_an_answer_does_not_hide_a_difference_of_usual_ones()
    {
        TensorSignature score = new("Score", "FP32", [-1]);

        var parity = ParityCheck.Of(
            [new(score, 1, [1, 1, 1e30], null)],
            [new(score, 1, [1, 1.01, 1e30], null)],
            3,
            s_options,
            extremes: 1
        );

        Assert.Equal(0.01, parity.Outputs[0].MaxRelative, 1e-9);
        Assert.False(parity.Verdict.Passed);
    }

    [Fact]
    [Trait("Requirement", "R143")]
    public void A_label_that_differs_is_a_decision_and_a_number_by_its_size()
    {
        TensorSignature label = new("Label", "BYTES", [-1]);
        TensorSignature score = new("Score", "FP32", [-1]);
        TensorSignature scores = new("Scores", "FP32", [-1, 2]);

        var parity = ParityCheck.Of(
            [
                new(label, 1, [], ["a", "b", "c", "d"]),
                new(score, 1, [1000, double.NaN, 1000, 1000], null),
                new(scores, 2, [0.1, 0.9, 0.5, 0.4, 0.3, 0.7, 0.2, 0.8], null),
            ],
            [
                new(label, 1, [], ["a", "b", "x", "d"]),
                new(score, 1, [1000, double.NaN, 1000, 1001], null),
                new(scores, 2, [0.1, 0.9, 0.4, 0.5, 0.3, 0.7, 0.2, 0.8], null),
            ],
            4,
            s_options
        );

        Assert.Equal(0.25, parity.Outputs[0].DecisionsDiffer);
        Assert.Equal(
            (1, 0.001, null),
            (parity.Outputs[1].MaxAbsolute, parity.Outputs[1].MaxRelative, parity.Outputs[1].DecisionsDiffer)
        );
        Assert.Equal(0.25, parity.Outputs[2].DecisionsDiffer);
        Assert.Equal(4, parity.Verdict.Checks.Count(check => !check.Passed));
        Assert.Contains("Label decides otherwise for 25 % of 4 rows, more than 0 %", parity.Verdict.Reason);
    }

    public void Dispose() => _chain.Dispose();

    private Model Trees() => _chain.Fit(_chain.FeaturesWithMissing().Append(FastTree()));

    private IEstimator<ITransformer> Linear() =>
        _chain.Ml.Regression.Trainers.OnlineGradientDescent(labelColumnName: "Delay");

    private IEstimator<ITransformer> FastTree() =>
        _chain.Ml.Regression.Trainers.FastTree(
            new FastTreeRegressionTrainer.Options
            {
                LabelColumnName = "Delay",
                NumberOfTrees = 40,
                NumberOfThreads = 1,
            }
        );

    private (Model Model, ModelConversion Conversion) Finish(Model model, ModelProto proto) =>
        ConversionSteps.Finish(model, proto, Feed.Of(model, _chain.Table), s_options, _chain.Step.Context);

    private static byte[] Bundle(Model model)
    {
        using var memory = new MemoryStream();
        model.WriteBundle(memory);
        return memory.ToArray();
    }
}
