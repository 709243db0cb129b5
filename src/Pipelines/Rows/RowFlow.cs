using System.Text.Json.Serialization;

namespace Rondo.Pipelines.Rows;

/// <summary>Rows in and out of one step of a run; in a for-each, of all its items together.</summary>
/// <param name="NodeId">The node of the pipeline.</param>
/// <param name="RowsIn">Rows of all tables that it took.</param>
/// <param name="RowsOut">Rows of all tables that it made.</param>
/// <param name="Dropped">Rows that it said it left out (<c>context.Dropped</c>).</param>
/// <param name="Reasons">The same by reason.</param>
public sealed record RowFlow(
    string NodeId,
    long RowsIn,
    long RowsOut,
    long Dropped,
    IReadOnlyDictionary<string, long> Reasons
)
{
    /// <summary>The share of rows that is usually lost without a word: the median of the runs before; null: too few have finished.</summary>
    public double? UsualLoss { get; init; }

    /// <summary>How many runs before <see cref="UsualLoss"/> is from.</summary>
    public int Runs { get; init; }

    /// <summary>What more than the usual share may be lost by chance.</summary>
    [JsonIgnore]
    public double Tolerance { get; init; } = ToleranceMin;

    /// <summary>Rows that are neither in a table that was made nor said to be left out; 0 where there are more than before (a join).</summary>
    public long Unexplained => Math.Max(0, RowsIn - RowsOut - Dropped);

    /// <summary>The same as a share of the rows that came in.</summary>
    public double Loss => RowsIn == 0 ? 0 : (double)Unexplained / RowsIn;

    /// <summary>Whether more is lost than usual: somebody should look.</summary>
    public bool IsSuspicious => UsualLoss is { } usual && Unexplained > 0 && Loss > usual + Tolerance;

    private const double ToleranceMin = 0.01;

    private const int RunsMin = 3;

    // Of a normal law, this many median deviations are three standard deviations.
    private const double DeviationsMax = 3 * 1.4826;

    /// <summary>The same, judged by the losses of the runs before.</summary>
    internal RowFlow JudgedBy(IReadOnlyList<double> losses)
    {
        if (losses.Count < RunsMin)
        {
            return this with { Runs = losses.Count };
        }

        var median = Median(losses);
        var spread = Median([.. losses.Select(loss => Math.Abs(loss - median))]);
        return this with
        {
            UsualLoss = median,
            Runs = losses.Count,
            Tolerance = Math.Max(ToleranceMin, DeviationsMax * spread),
        };
    }

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>A step has lost more rows than it usually does, and has not said why.</summary>
public sealed record RowsLostEvent(
    string RunId,
    string Pipeline,
    string Environment,
    string NodeId,
    long RowsIn,
    long RowsOut,
    long Dropped,
    double Loss,
    double UsualLoss
)
{
    public const string Type = "run.rows.lost";
}
