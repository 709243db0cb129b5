namespace Rondo.Evaluation;

internal static class Pairs
{
    public static void Check(IReadOnlyList<double> truth, IReadOnlyList<double> predicted, string name)
    {
        if (truth.Count == 0)
        {
            throw new ArgumentException("There are no rows to evaluate on.", nameof(truth));
        }

        if (truth.Count != predicted.Count)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"There are {truth.Count} true values, but {predicted.Count} predictions."),
                name
            );
        }

        for (var i = 0; i < truth.Count; i++)
        {
            if (!double.IsFinite(truth[i]) || !double.IsFinite(predicted[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"Row {i + 1} is not finite: truth {truth[i]}, prediction {predicted[i]}."
                    ),
                    name
                );
            }
        }
    }
}
