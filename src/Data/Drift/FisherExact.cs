namespace Rondo.Data;

/// <summary>
/// Fisher's exact test (1922) of two samples over two categories: the probability, with all sums of rows and columns given, of a
/// table that is no more likely than this one (two-sided as in scipy and R).
/// </summary>
public static class FisherExact
{
    // Tables as likely as this one count, although their probabilities differ in the last digits.
    private const double Slack = 1 + 1e-7;

    /// <summary>The two-sided probability; 1 where an empty row or column leaves a single table.</summary>
    /// <exception cref="RondoException">There are not two categories, a count is negative, or there are no rows.</exception>
    public static double P(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        ChiSquare.CheckTwo(reference, current);
        var (n, m) = (reference[0] + reference[1], current[0] + current[1]);
        var first = reference[0] + current[0];
        if (n == 0 || m == 0 || first == 0 || first == n + m)
        {
            return 1;
        }

        var share = (double)first / (n + m);
        var observed = Likelihood(reference[0]) * Slack;
        var (sum, total) = (0.0, 0.0);
        for (var a = Math.Max(0, first - m); a <= Math.Min(n, first); a++)
        {
            var likelihood = Likelihood(a);
            total += likelihood;
            sum += likelihood <= observed ? likelihood : 0;
        }

        return Math.Min(1, sum / total);

        // Proportional to the hypergeometric probability, without a factorial that would overflow.
        double Likelihood(long a) => BinomialLaw.Pmf(a, n, share) * BinomialLaw.Pmf(first - a, m, share);
    }
}
