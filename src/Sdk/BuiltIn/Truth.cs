using Rondo.Data;
using Rondo.Evaluation;

namespace Rondo.Sdk.BuiltIn;

/// <summary>The true values of a hold-out, and predictions beside them.</summary>
internal static class Truth
{
    private static readonly string[] Higher = ["r2"];
    private static readonly string[] Lower = ["rmse", "mae"];

    public static bool IsMetric(string metric) => Higher.Contains(metric) || Lower.Contains(metric);

    public static IReadOnlyList<string> Metrics => [.. Lower, .. Higher];

    /// <summary>The value by which candidates are ordered: less is better.</summary>
    public static double Rank(IReadOnlyDictionary<string, double> metrics, string metric) =>
        !metrics.TryGetValue(metric, out var value) ? double.PositiveInfinity
        : Higher.Contains(metric) ? -value
        : value;

    public static double[] Of(Table table, string name)
    {
        var column = table[name];
        var values = new double[table.RowCount];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = column[row] switch
            {
                double number => number,
                long number => number,
                bool truth => truth ? 1 : 0,
                null => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"Row {row + 1} of the hold-out has no '{column.Name}': without the truth it cannot be evaluated on.",
                    "Leave such rows out before the split."
                ),
                _ => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"The truth '{column.Name}' holds {column.Type}, not numbers.",
                    "Name a column of numbers or booleans."
                ),
            };
        }
        return values;
    }

    public static double[] Of(Table<Prediction> predictions, int rows, string who)
    {
        if (predictions.Count != rows)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There are {predictions.Count} predictions of '{who}' for {rows} rows.",
                "Return one prediction for each row of the hold-out, in its order."
            );
        }
        var values = predictions.Select(prediction => prediction.Value).ToArray();
        var bad = Array.FindIndex(values, value => !double.IsFinite(value));
        return bad < 0
            ? values
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Prediction {bad + 1} of '{who}' is {values[bad]}.",
                "A model must answer each row with a number; look at the row's inputs."
            );
    }

    public static IReadOnlyList<SliceMetrics> Slices(
        Table holdout,
        double[] truth,
        double[] predicted,
        IReadOnlyList<string> slices
    ) =>
        Evaluation.Slices.Regression(
            [.. Enumerable.Range(0, truth.Length)],
            row => truth[row],
            row => predicted[row],
            [.. slices.Select(slice => (holdout[slice].Name, Value(holdout[slice])))]
        );

    private static Func<int, string?> Value(Column column) =>
        row =>
            column[row] switch
            {
                bool truth => truth ? "true" : "false",
                DateOnly date => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                IFormattable value => value.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
                var value => value as string,
            };
}
