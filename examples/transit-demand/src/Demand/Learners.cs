using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.LightGbm;

namespace TransitDemand;

/// <summary>The ways to learn that compete for each release.</summary>
public enum Learner
{
    /// <summary>A linear model with an L2 penalty (stochastic dual coordinate ascent).</summary>
    Ridge,

    /// <summary>Gradient-boosted trees (LightGBM).</summary>
    Trees,
}

/// <summary>What a learner is in ML.NET. One thread and fixed seeds: equal rows give equal models.</summary>
internal static class Learners
{
    /// <summary>The column of the prediction, besides ML.NET's own name "Score" for it.</summary>
    public const string Output = "prediction";

    private const string Features = "Features";

    public static IEstimator<ITransformer> Of(Learner learner, MLContext ml, int seed) =>
        learner switch
        {
            Learner.Ridge => Ridge(ml),
            Learner.Trees => Trees(ml, seed),
            _ => throw new ArgumentOutOfRangeException(nameof(learner), learner, "There is no such learner."),
        };

    private static IEstimator<ITransformer> Ridge(MLContext ml) =>
        Inputs(ml)
            // Sdca wants inputs that are centred, not only scaled.
            .Append(ml.Transforms.NormalizeMeanVariance(Features, fixZero: false))
            // It passes over the rows many times.
            .AppendCacheCheckpoint(ml)
            .Append(
                ml.Regression.Trainers.Sdca(
                    new SdcaRegressionTrainer.Options
                    {
                        LabelColumnName = nameof(Day.Ridership),
                        FeatureColumnName = Features,
                        L2Regularization = 1e-2f,
                        L1Regularization = 0,
                        MaximumNumberOfIterations = 50,
                        ConvergenceTolerance = 1e-4f,
                        NumberOfThreads = 1,
                    }
                )
            )
            .Append(ml.Transforms.CopyColumns(Output, "Score"));

    private static IEstimator<ITransformer> Trees(MLContext ml, int seed) =>
        Inputs(ml)
            .Append(
                ml.Regression.Trainers.LightGbm(
                    new LightGbmRegressionTrainer.Options
                    {
                        LabelColumnName = nameof(Day.Ridership),
                        FeatureColumnName = Features,
                        NumberOfIterations = 200,
                        NumberOfLeaves = 7,
                        LearningRate = 0.1,
                        MinimumExampleCountPerLeaf = 10,
                        NumberOfThreads = 1,
                        Deterministic = true,
                        Seed = seed,
                        Verbose = false,
                        Booster = new GradientBooster.Options
                        {
                            FeatureFraction = 0.7,
                            SubsampleFraction = 0.8,
                            SubsampleFrequency = 1,
                            L2Regularization = 1,
                        },
                    }
                )
            )
            .Append(ml.Transforms.CopyColumns(Output, "Score"));

    private static IEstimator<ITransformer> Inputs(MLContext ml)
    {
        var texts = ModelInputs.Texts.Select(text => new InputOutputColumnPair(text.Name + "Key", text.Name)).ToArray();
        string[] columns =
        [
            .. ModelInputs.Numbers.Select(number => number.Name),
            .. texts.Select(text => text.OutputColumnName),
        ];
        return ml.Transforms.Categorical.OneHotEncoding(texts).Append(ml.Transforms.Concatenate(Features, columns));
    }
}
