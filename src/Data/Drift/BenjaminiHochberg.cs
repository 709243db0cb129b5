namespace Rondo.Data;

/// <summary>
/// Many tests at once (Benjamini and Hochberg, 1995): of fifty unchanged columns tested at 5 % each, some column raises a false
/// alarm with probability 0.92.
/// </summary>
public static class BenjaminiHochberg
{
    /// <summary>Adjusted probabilities, in the order given: those at or below a level are rejected with that false discovery rate.</summary>
    public static double[] Adjust(IReadOnlyList<double> probabilities) => Adjust(probabilities, 1);

    /// <summary>The same, stricter by a factor.</summary>
    internal static double[] Adjust(IReadOnlyList<double> probabilities, double factor)
    {
        var adjusted = new double[probabilities.Count];
        var order = Enumerable.Range(0, probabilities.Count).OrderByDescending(i => probabilities[i]).ToList();
        var least = 1.0;
        for (var i = 0; i < order.Count; i++)
        {
            var rank = order.Count - i;
            least = Math.Min(least, probabilities[order[i]] * factor * order.Count / rank);
            adjusted[order[i]] = least;
        }

        return adjusted;
    }
}
