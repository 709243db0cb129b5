namespace Rondo.Data;

/// <summary>What is kept small when many hypotheses are tested at once.</summary>
public enum Correction
{
    /// <summary>The chance of any false alarm: p·k.</summary>
    Bonferroni,

    /// <summary>The same for independent tests: 1 − (1 − p)^k (Šidák, 1967).</summary>
    Sidak,

    /// <summary>The same as Bonferroni, but stepwise and so never weaker (Holm, 1979).</summary>
    Holm,

    /// <summary>The share of false alarms among the alarms (Benjamini and Hochberg, 1995), for tests that are independent or positively related.</summary>
    BenjaminiHochberg,

    /// <summary>The same for tests related in any way (Benjamini and Yekutieli, 2001).</summary>
    BenjaminiYekutieli,
}

/// <summary>
/// Many tests at once: of fifty unchanged columns tested at 5 % each, some column raises a false alarm with probability 0.92.
/// </summary>
public static class MultipleTesting
{
    /// <summary>
    /// Adjusted probabilities, at most 1, in the order given: those at or below a level are rejected at that level. None gives none.
    /// </summary>
    /// <exception cref="RondoException">A probability is not from 0 to 1.</exception>
    public static double[] Adjust(IReadOnlyList<double> probabilities, Correction correction)
    {
        foreach (var p in probabilities)
        {
            Samples.CheckShare(p, "A probability");
        }

        double k = probabilities.Count;
        return correction switch
        {
            Correction.Bonferroni => probabilities.Select(p => Math.Min(1, p * k)).ToArray(),
            Correction.Sidak => probabilities.Select(p => p == 1 ? 1 : -Expm1(k * Log1p(-p))).ToArray(),
            Correction.Holm => Holm(probabilities),
            Correction.BenjaminiHochberg => BenjaminiHochberg.Adjust(probabilities),
            _ => BenjaminiHochberg.Adjust(probabilities, Enumerable.Range(1, probabilities.Count).Sum(i => 1.0 / i)),
        };
    }

    /// <summary>Which hypotheses are rejected at a level.</summary>
    /// <exception cref="RondoException">A probability or the level is not from 0 to 1.</exception>
    public static bool[] Reject(IReadOnlyList<double> probabilities, Correction correction, double level)
    {
        Samples.CheckShare(level, nameof(level));
        return Array.ConvertAll(Adjust(probabilities, correction), p => p <= level);
    }

    private static double[] Holm(IReadOnlyList<double> probabilities)
    {
        var adjusted = new double[probabilities.Count];
        var greatest = 0.0;
        var rank = 0;
        foreach (var i in Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i]))
        {
            greatest = Math.Max(greatest, Math.Min(1, probabilities[i] * (probabilities.Count - rank)));
            adjusted[i] = greatest;
            rank++;
        }

        return adjusted;
    }

    // ln(1 + x) and e^x − 1 for small x, where the plain forms lose digits (Kahan).
    private static double Log1p(double x)
    {
        var u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }

    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;
}
