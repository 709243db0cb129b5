namespace Rondo.Data;

/// <summary>The Mann–Whitney test (1947): whether values of one sample tend to be greater than those of another.</summary>
/// <param name="U">Pairs in which the reference is greater, ties one half.</param>
/// <param name="P">
/// The two-sided probability without drift: normal approximation with corrections for ties and for continuity; null where all values are
/// equal.
/// </param>
/// <param name="Superiority">The share of pairs in which the current value is greater, ties one half: the AUC of telling current from reference.</param>
public sealed record MannWhitney(double U, double? P, double Superiority)
{
    /// <summary>Compares two samples; the order of rows does not matter.</summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static MannWhitney Of(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        Samples.Check(reference, nameof(reference));
        Samples.Check(current, nameof(current));
        double n = reference.Count;
        double m = current.Count;
        var ranks = Ranks.Of([.. reference, .. current]);
        var u = ranks.Values.Take(reference.Count).Sum() - (n * (n + 1) / 2);
        var all = n + m;
        var deviation = Math.Sqrt(n * m / 12 * (all + 1 - (ranks.TieTerm / (all * (all - 1)))));
        var z = (Math.Max(u, (n * m) - u) - (n * m / 2) - 0.5) / deviation;
        return new MannWhitney(
            u,
            deviation > 0 ? Math.Min(1, 2 * NormalLaw.Survival(z)) : null,
            ((n * m) - u) / (n * m)
        );
    }
}
