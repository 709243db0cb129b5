namespace Rondo.Data;

internal static class DistributionInference
{
    private const int Digits = 4;
    private static readonly double[] s_levels = [0.05, 0.25, 0.5, 0.75, 0.95];

    public static DistributionExpectation? Of(ColumnStatistics column) =>
        column switch
        {
            { Type: ColumnType.Text or ColumnType.Boolean, Top: { Count: > 0 } top }
                when top.Count == column.Distinct => new DistributionExpectation
            {
                Shares = Shares(top.Select(v => (v.Value, (double)v.Count / column.Count))),
            },
            { Numbers: { } numbers } => new DistributionExpectation
            {
                Quantiles = Quantiles(
                    numbers.Quantiles.Where(q => s_levels.Contains(q.Share)).Select(q => (q.Share, q.Value))
                ),
            },
            _ => null,
        };

    /// <summary>Rounded as a person would write them.</summary>
    public static IReadOnlyDictionary<string, double> Shares(IEnumerable<(string Value, double Share)> shares) =>
        shares.ToDictionary(share => share.Value, share => Math.Round(share.Share, Digits), StringComparer.Ordinal);

    /// <summary>As they are: a rounded number may have many values at it, or none.</summary>
    public static IReadOnlyDictionary<double, double> Quantiles(IEnumerable<(double Level, double Value)> quantiles) =>
        quantiles.ToDictionary(quantile => quantile.Level, quantile => quantile.Value);
}
