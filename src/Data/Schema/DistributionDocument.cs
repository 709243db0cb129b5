using System.Globalization;

namespace Rondo.Data;

/// <summary>An expected distribution in the file of a schema: <c>{ "shares": { "bus": 0.6 }, "tolerance": 0.1 }</c>.</summary>
internal sealed record DistributionDocument
{
    private const double SumTolerance = 0.01;

    public Dictionary<string, double>? Shares { get; init; }

    public Dictionary<string, double>? Quantiles { get; init; }

    public double? Tolerance { get; init; }

    public static DistributionDocument? Of(DistributionExpectation? expected) =>
        expected is null
            ? null
            : new()
            {
                Shares = expected.Shares is { } shares ? new(shares, StringComparer.Ordinal) : null,
                Quantiles = expected.Quantiles?.ToDictionary(
                    q => q.Key.ToString("R", CultureInfo.InvariantCulture),
                    q => q.Value,
                    StringComparer.Ordinal
                ),
                Tolerance = expected.Tolerance == DistributionExpectation.ToleranceUsual ? null : expected.Tolerance,
            };

    public DistributionExpectation ToExpectation(string column, ColumnType type)
    {
        Require(Shares is null != Quantiles is null, column, "a distribution names either shares or quantiles");
        Require(Tolerance is null or (>= 0 and < 1), column, "the tolerance of a distribution is a share below 1");
        Require(
            Shares is null
                || (Shares.Count > 0 && Shares.Values.All(IsShare) && Shares.Values.Sum() <= 1 + SumTolerance),
            column,
            "the shares of a distribution are from 0 to 1, and sum to at most 1"
        );
        Require(
            Quantiles is null || type is ColumnType.Integer or ColumnType.Number,
            column,
            $"quantiles are of numbers, and the column is {type}"
        );
        return new DistributionExpectation
        {
            Shares = Shares,
            Quantiles = Quantiles is null ? null : Ascending(column),
            Tolerance = Tolerance ?? DistributionExpectation.ToleranceUsual,
        };
    }

    private Dictionary<double, double> Ascending(string column)
    {
        var quantiles = Quantiles!.Select(q => (Level: LevelOf(column, q.Key), q.Value)).OrderBy(q => q.Level).ToList();
        Require(
            quantiles.Count > 0 && quantiles.Zip(quantiles.Skip(1)).All(pair => pair.First.Value <= pair.Second.Value),
            column,
            "the quantiles of a distribution do not ascend"
        );
        return quantiles.ToDictionary(q => q.Level, q => q.Value);
    }

    private static double LevelOf(string column, string text)
    {
        var isShare =
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var level)
            && level is > 0 and < 1;
        Require(isShare, column, $"'{text}' of its quantiles is no share between 0 and 1");
        return level;
    }

    private static bool IsShare(double share) => share is >= 0 and <= 1;

    private static void Require(bool holds, string column, string what)
    {
        if (!holds)
        {
            throw new RondoException(ErrorCode.InvalidArgument, $"Column '{column}': {what}.", "Correct the schema.");
        }
    }
}
