using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>What cannot be evaluated is refused, naming the row.</summary>
internal static class Pairs
{
    private const double SumTolerance = 1e-6;

    public static void Check(IReadOnlyList<double> truth, IReadOnlyList<double> predicted, string name)
    {
        CheckLengths(truth.Count, predicted.Count, name);
        for (var i = 0; i < truth.Count; i++)
        {
            if (!double.IsFinite(truth[i]) || !double.IsFinite(predicted[i]))
            {
                throw Samples.Refuse(
                    $"Row {i + 1} is not finite: truth {truth[i]}, prediction {predicted[i]}.",
                    "Leave the row out, or mend what computed it."
                );
            }
        }
    }

    /// <summary>As many as there are rows, and at least one.</summary>
    public static void CheckLengths(int rows, int count, string name)
    {
        if (rows == 0)
        {
            throw Samples.Refuse($"There are no rows to evaluate on.", "Give at least one.");
        }

        if (rows != count)
        {
            throw Samples.Refuse($"There are {rows} rows, but {count} values of {name}.", "Give one for each row.");
        }
    }

    public static void CheckFinite(IReadOnlyList<double> values, string name)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw Samples.Refuse(
                    $"Row {i + 1} is not finite: {name} {values[i]}.",
                    "Leave the row out, or mend what computed it."
                );
            }
        }
    }

    public static void CheckProbabilities(IReadOnlyList<double> values, string name)
    {
        for (var i = 0; i < values.Count; i++)
        {
            Samples.CheckShare(values[i], $"{name} of row {i + 1}");
        }
    }

    /// <summary>Rows of probabilities over the same classes that sum to 1.</summary>
    public static void CheckDistributions(IReadOnlyList<IReadOnlyList<double>> rows)
    {
        foreach (var row in rows)
        {
            if (row.Count != rows[0].Count || row.Count < 2)
            {
                throw Samples.Refuse(
                    $"A row has {row.Count} probabilities.",
                    "Give one for each of two or more classes."
                );
            }

            CheckProbabilities(row, "The probability");
            if (Math.Abs(row.Sum() - 1) > SumTolerance)
            {
                throw Samples.Refuse($"The probabilities of a row sum to {row.Sum()}.", "They have to sum to 1.");
            }
        }
    }

    /// <summary>Weights, all 1 where none are given.</summary>
    public static IReadOnlyList<double> Weights(IReadOnlyList<double>? weights, int rows)
    {
        if (weights is null)
        {
            return Enumerable.Repeat(1.0, rows).ToArray();
        }

        CheckLengths(rows, weights.Count, nameof(weights));
        CheckFinite(weights, "weight");
        return weights.All(w => w >= 0) && weights.Any(w => w > 0)
            ? weights
            : throw Samples.Refuse($"Weights are negative, or all are 0.", "Give weights of 0 or more.");
    }
}
