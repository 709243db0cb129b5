using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>Which end of a bin belongs to it.</summary>
public enum BinEnd
{
    /// <summary>(lower, upper], a probability of 0 in the first bin (Guo et al., 2017).</summary>
    Right,

    /// <summary>[lower, upper), a probability of 1 in the last bin.</summary>
    Left,
}

/// <summary>Rows with like probabilities: what was said, and what happened.</summary>
public sealed record ReliabilityBin(int Count, double MeanProbability, double ShareTrue);

/// <summary>
/// Whether probabilities mean what they say: of rows given 0.8, four in five should be true. The errors depend on the bins, which
/// is why they are named in the call.
/// </summary>
/// <param name="Bins">The bins that have rows, ascending.</param>
/// <param name="ExpectedError">ECE: the mean over rows of |mean probability − share true| of their bin (Naeini et al., 2015).</param>
/// <param name="MaxError">MCE: the greatest of these.</param>
public sealed record ReliabilityCurve(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError, double MaxError)
{
    /// <summary>Bins of equal width over 0 to 1, with edges at i / bins as floating point has them.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value outside 0 to 1, or no bins.</exception>
    public static ReliabilityCurve EqualWidth(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        int bins = 10,
        BinEnd closed = BinEnd.Right
    )
    {
        Check(truth, probability, bins);
        var step = 1.0 / bins;
        return Of(
            truth,
            probability,
            Enumerable.Range(0, truth.Count).GroupBy(i => BinOf(probability[i])).OrderBy(g => g.Key)
        );

        int BinOf(double p)
        {
            // The edges themselves, not a division: 3 · 0.1 is above 0.3.
            var bin = 0;
            while (bin < bins - 1 && (closed == BinEnd.Right ? p > (bin + 1) * step : p >= (bin + 1) * step))
            {
                bin++;
            }

            return bin;
        }
    }

    /// <summary>
    /// Bins of equal numbers of rows: sorted by probability, rows with the same one in the order given; where rows cannot be shared out evenly
    /// the first bins have one more.
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value outside 0 to 1, or no bins.</exception>
    public static ReliabilityCurve EqualMass(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        int bins = 10
    )
    {
        Check(truth, probability, bins);
        var order = Enumerable.Range(0, truth.Count).OrderBy(i => probability[i]).ToArray();
        var (each, more) = (truth.Count / bins, truth.Count % bins);
        return Of(
            truth,
            probability,
            order.Select((row, place) => (row, Bin: BinAt(place))).GroupBy(p => p.Bin, p => p.row)
        );

        int BinAt(int place) =>
            place < more * (each + 1) ? place / (each + 1) : more + ((place - (more * (each + 1))) / each);
    }

    private static ReliabilityCurve Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        IEnumerable<IGrouping<int, int>> groups
    )
    {
        var bins = groups
            .Select(rows => new ReliabilityBin(
                rows.Count(),
                rows.Average(i => probability[i]),
                rows.Average(i => truth[i] ? 1.0 : 0)
            ))
            .ToArray();
        return new ReliabilityCurve(
            bins,
            bins.Sum(bin => bin.Count * Math.Abs(bin.MeanProbability - bin.ShareTrue)) / truth.Count,
            bins.Max(bin => Math.Abs(bin.MeanProbability - bin.ShareTrue))
        );
    }

    private static void Check(IReadOnlyList<bool> truth, IReadOnlyList<double> probability, int bins)
    {
        Pairs.CheckLengths(truth.Count, probability.Count, nameof(probability));
        Pairs.CheckProbabilities(probability, "The probability");
        Samples.CheckPositive(bins, nameof(bins));
    }
}
