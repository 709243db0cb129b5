using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// Whether data treat a group otherwise than all the rest, before any model is trained on them (the measures of SageMaker Clarify).
/// </summary>
/// <param name="Group">The group that is compared with the rest.</param>
/// <param name="N">Its rows.</param>
/// <param name="Rest">All other rows.</param>
/// <param name="ClassImbalance">(rest − group) / all rows, −1 to 1: above 0 where the group has fewer rows.</param>
/// <param name="LabelProportionDifference">Share of positive rows in the rest less that in the group, −1 to 1: above 0 where the group has fewer.</param>
/// <param name="LInfinity">Its size, 0 to 1.</param>
/// <param name="JensenShannon">The divergence of the two distributions of labels, in bits.</param>
/// <param name="P">The probability of such a difference by chance: Fisher's exact test.</param>
public sealed record LabelBias(
    string Group,
    int N,
    int Rest,
    double ClassImbalance,
    double LabelProportionDifference,
    double LInfinity,
    double JensenShannon,
    double P
)
{
    /// <summary>Compares the labels of a group with those of all other rows.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or no row in the group or outside it.</exception>
    public static LabelBias Of(IReadOnlyList<bool> truth, IReadOnlyList<string> group, string compared)
    {
        Pairs.CheckLengths(truth.Count, group.Count, nameof(group));
        var (inside, outside) = (new long[2], new long[2]);
        for (var row = 0; row < truth.Count; row++)
        {
            var counts = string.Equals(group[row], compared, StringComparison.Ordinal) ? inside : outside;
            counts[truth[row] ? 1 : 0]++;
        }

        var (n, rest) = (inside.Sum(), outside.Sum());
        if (n == 0 || rest == 0)
        {
            throw Samples.Refuse($"{n} rows are in group {compared}, and {rest} outside it.", "Both need rows.");
        }

        return new LabelBias(
            compared,
            (int)n,
            (int)rest,
            (double)(rest - n) / truth.Count,
            ((double)outside[1] / rest) - ((double)inside[1] / n),
            Distance.LInfinity(outside, inside),
            Distance.JensenShannon(outside, inside),
            FisherExact.P(outside, inside)
        );
    }
}
