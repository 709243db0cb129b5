using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Conversion;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Conversion;

/// <summary>Each trainer that can be exported answers as ONNX what it answers in ML.NET, also where numbers are missing and categories unknown.</summary>
public sealed class TrainerParityTests : IDisposable
{
    private static readonly TensorSignature s_score = new("Score", "FP32", [-1]);
    private static readonly TensorSignature s_probability = new("Probability", "FP32", [-1]);
    private static readonly TensorSignature s_flag = new("PredictedLabel", "BOOL", [-1]);
    private static readonly TensorSignature s_scores = new("Score", "FP32", [-1, 3]);
    private static readonly TensorSignature s_key = new("PredictedLabel", "INT64", [-1]);
    private static readonly TensorSignature s_text = new("Named", "BYTES", [-1]);

    private readonly ChainFixture _chain = new();

    public static TheoryData<string> Regressions =>
        ["fasttree", "fastforest", "tweedie", "lightgbm", "lightgbm categorical", "sdca", "lbfgs poisson", "online"];

    public static TheoryData<string> Binaries =>
        ["fasttree", "fastforest", "lightgbm", "sdca", "lbfgs", "perceptron", "svm"];

    public static TheoryData<string> Multiclasses =>
        [
            "lbfgs",
            "lbfgs sparse",
            "sdca",
            "sdca raw",
            "lightgbm",
            "lightgbm softmax",
            "one versus all",
            "one versus all raw",
            "one versus all perceptron",
        ];

    [Theory]
    [MemberData(nameof(Regressions))]
    [Trait("Requirement", "R143")]
    public void A_regression_answers_alike(string trainer)
    {
        var model = _chain.Fit(_chain.Features().Append(Regression(trainer)), s_score);

        AssertAlike(Convert(model), "Score");
    }

    [Theory]
    [InlineData("fasttree")]
    [InlineData("fastforest")]
    [InlineData("lightgbm")]
    [InlineData("lightgbm categorical")]
    [Trait("Requirement", "R143")]
    public void Trees_that_see_missing_values_send_them_the_same_way(string trainer)
    {
        var model = _chain.Fit(_chain.FeaturesWithMissing().Append(Regression(trainer)), s_score);

        AssertAlike(Convert(model), "Score");
    }

    [Theory]
    [MemberData(nameof(Binaries))]
    [Trait("Requirement", "R143")]
    public void A_binary_classifier_answers_alike(string trainer)
    {
        TensorSignature[] outputs = trainer is "perceptron" or "svm" or "fastforest"
            ? [s_score, s_flag]
            : [s_score, s_probability, s_flag];
        var model = _chain.Fit(_chain.Features().Append(Binary(trainer)), outputs);

        AssertAlike(Convert(model), [.. outputs.Select(output => output.Name)]);
    }

    [Theory]
    [InlineData("fastforest", "platt")]
    [InlineData("perceptron", "platt")]
    [InlineData("svm", "fixed platt")]
    [InlineData("fastforest", "naive")]
    [InlineData("perceptron", "naive")]
    [InlineData("fastforest", "isotonic")]
    [InlineData("svm", "isotonic")]
    [InlineData("lbfgs", "isotonic")]
    [Trait("Requirement", "R143")]
    public void A_calibrator_behind_a_trainer_answers_alike(string trainer, string calibrator)
    {
        var estimator = _chain.Features().Append(Binary(trainer)).Append(Calibrator(calibrator));
        var model = _chain.Fit(estimator, s_score, s_probability, s_flag);

        // Between two of its levels a line may be so steep that a score's last digit shows.
        var options = new ConversionOptions { Tolerance = calibrator == "isotonic" ? 1e-3 : 1e-4 };
        var conversion = Convert(model, options);

        AssertAlike(conversion, "Score", "Probability", "PredictedLabel");
        Assert.Contains(conversion.Parity.Verdict.Checks, check => check.Name == "parity of Probability");
    }

    [Theory]
    [MemberData(nameof(Multiclasses))]
    [Trait("Requirement", "R143")]
    public void A_classifier_of_several_classes_answers_alike_by_scores_key_and_name(string trainer)
    {
        var estimator = _chain
            .Ml.Transforms.Conversion.MapValueToKey("Label", "Kind")
            .Append(_chain.Features())
            .Append(Multiclass(trainer))
            .Append(_chain.Ml.Transforms.Conversion.MapKeyToValue("Named", "PredictedLabel"));
        var model = _chain.Fit(estimator, s_scores, s_key, s_text);

        AssertAlike(Convert(model), "Score", "PredictedLabel", "Named");
    }

    public void Dispose() => _chain.Dispose();

    private ModelConversion Convert(Model model, ConversionOptions? options = null)
    {
        try
        {
            options ??= new ConversionOptions();
            return ConversionSteps.ToOnnx(model, _chain.Table, options, _chain.Step.Context).Conversion;
        }
        catch (StepStoppedException)
        {
            Assert.Fail(_chain.Step.Log);
            throw;
        }
    }

    private static void AssertAlike(ModelConversion conversion, params string[] outputs)
    {
        var parity = conversion.Parity;
        Assert.True(parity.Verdict.Passed, parity.Verdict.Reason);
        Assert.Equal(outputs, parity.Outputs.Select(output => output.Name));
        // Two numbers, both of them missing at once, a category that is unknown, and an empty text; two numbers huge and endless to either side,
        // and the least and greatest of a whole number.
        Assert.Equal((ChainFixture.Rows + 13, 13), (parity.Rows, parity.ProbeRows));
        Assert.True(conversion.To.SizeBytes > 100);
        Assert.True(conversion.To.MedianUs > 0 && conversion.To.P99Us >= conversion.To.MedianUs);
        Assert.True(conversion.From.MedianUs > 0 && conversion.From.SizeBytes > 100);
    }

    private IEstimator<ITransformer> Regression(string trainer)
    {
        var trainers = _chain.Ml.Regression.Trainers;
        return trainer switch
        {
            "fasttree" => trainers.FastTree(
                new FastTreeRegressionTrainer.Options
                {
                    LabelColumnName = "Delay",
                    NumberOfTrees = 40,
                    NumberOfThreads = 1,
                }
            ),
            "fastforest" => trainers.FastForest(
                new FastForestRegressionTrainer.Options
                {
                    LabelColumnName = "Delay",
                    NumberOfTrees = 40,
                    NumberOfThreads = 1,
                }
            ),
            "tweedie" => trainers.FastTreeTweedie(
                new FastTreeTweedieTrainer.Options
                {
                    LabelColumnName = "Delay",
                    NumberOfTrees = 40,
                    NumberOfThreads = 1,
                }
            ),
            "lightgbm" => trainers.LightGbm(
                new LightGbmRegressionTrainer.Options
                {
                    LabelColumnName = "Delay",
                    NumberOfIterations = 40,
                    NumberOfThreads = 1,
                }
            ),
            "lightgbm categorical" => trainers.LightGbm(
                new LightGbmRegressionTrainer.Options
                {
                    LabelColumnName = "Delay",
                    NumberOfIterations = 40,
                    NumberOfThreads = 1,
                    UseCategoricalSplit = true,
                    MinimumExampleCountPerGroup = 5,
                }
            ),
            "sdca" => trainers.Sdca(
                new SdcaRegressionTrainer.Options
                {
                    LabelColumnName = "Delay",
                    MaximumNumberOfIterations = 10,
                    NumberOfThreads = 1,
                }
            ),
            "lbfgs poisson" => trainers.LbfgsPoissonRegression(
                new LbfgsPoissonRegressionTrainer.Options { LabelColumnName = "Delay", NumberOfThreads = 1 }
            ),
            _ => trainers.OnlineGradientDescent(labelColumnName: "Delay", numberOfIterations: 3),
        };
    }

    private IEstimator<ITransformer> Binary(string trainer)
    {
        var trainers = _chain.Ml.BinaryClassification.Trainers;
        return trainer switch
        {
            "fasttree" => trainers.FastTree(
                new FastTreeBinaryTrainer.Options
                {
                    LabelColumnName = "Late",
                    NumberOfTrees = 30,
                    NumberOfThreads = 1,
                }
            ),
            "fastforest" => trainers.FastForest(
                new FastForestBinaryTrainer.Options
                {
                    LabelColumnName = "Late",
                    NumberOfTrees = 30,
                    NumberOfThreads = 1,
                }
            ),
            "lightgbm" => trainers.LightGbm(
                new LightGbmBinaryTrainer.Options
                {
                    LabelColumnName = "Late",
                    NumberOfIterations = 30,
                    NumberOfThreads = 1,
                }
            ),
            "sdca" => trainers.SdcaLogisticRegression(
                new SdcaLogisticRegressionBinaryTrainer.Options
                {
                    LabelColumnName = "Late",
                    MaximumNumberOfIterations = 10,
                    NumberOfThreads = 1,
                }
            ),
            "lbfgs" => trainers.LbfgsLogisticRegression(
                new LbfgsLogisticRegressionBinaryTrainer.Options { LabelColumnName = "Late", NumberOfThreads = 1 }
            ),
            "svm" => trainers.LinearSvm(labelColumnName: "Late", numberOfIterations: 3),
            _ => trainers.AveragedPerceptron(labelColumnName: "Late", numberOfIterations: 3),
        };
    }

    private IEstimator<ITransformer> Calibrator(string calibrator)
    {
        var calibrators = _chain.Ml.BinaryClassification.Calibrators;
        return calibrator switch
        {
            "platt" => calibrators.Platt("Late"),
            "fixed platt" => calibrators.Platt(slope: -0.5, offset: 0.2),
            "naive" => calibrators.Naive("Late"),
            _ => calibrators.Isotonic("Late"),
        };
    }

    private IEstimator<ITransformer> Multiclass(string trainer)
    {
        var trainers = _chain.Ml.MulticlassClassification.Trainers;
        var boosted = new LightGbmMulticlassTrainer.Options
        {
            NumberOfIterations = 20,
            NumberOfThreads = 1,
            UseSoftmax = trainer == "lightgbm softmax",
        };
        return trainer switch
        {
            "lbfgs" => trainers.LbfgsMaximumEntropy(
                new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 }
            ),
            "lbfgs sparse" => trainers.LbfgsMaximumEntropy(
                new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, L1Regularization = 60 }
            ),
            "one versus all perceptron" => trainers.OneVersusAll(
                _chain.Ml.BinaryClassification.Trainers.AveragedPerceptron(numberOfIterations: 3),
                useProbabilities: false
            ),
            "sdca" => trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 10),
            "sdca raw" => trainers.SdcaNonCalibrated(maximumNumberOfIterations: 10),
            "one versus all" => trainers.OneVersusAll(
                _chain.Ml.BinaryClassification.Trainers.LbfgsLogisticRegression()
            ),
            "one versus all raw" => trainers.OneVersusAll(
                _chain.Ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 10),
                useProbabilities: false
            ),
            _ => trainers.LightGbm(boosted),
        };
    }
}
