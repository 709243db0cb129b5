namespace Rondo.Data;

/// <summary>Gradient boosting of stumps for two classes, on binned columns.</summary>
internal static class BoostedStumps
{
    private const int BinsMax = 32;
    private const int Rounds = 50;
    private const double Rate = 0.3;

    // Keeps a leaf with few rows near zero.
    private const double Ridge = 1;

    /// <summary>The bin of each row, column by column: 0 of a missing value.</summary>
    public static byte[][] Bin(IReadOnlyList<IReadOnlyList<double>> rows)
    {
        var bins = new byte[rows[0].Count][];
        for (var column = 0; column < bins.Length; column++)
        {
            var values = rows.Select(row => row[column]).ToArray();
            var sorted = values.Where(value => !double.IsNaN(value)).Order().ToArray();
            var edges = sorted.Length == 0 ? [] : Binning.QuantileEdges(sorted, BinsMax);
            bins[column] = Array.ConvertAll(
                values,
                value => double.IsNaN(value) ? (byte)0 : (byte)(1 + Above(edges, value))
            );
        }

        return bins;
    }

    /// <summary>Learns from the training rows, scores every row, and adds up what each column gained.</summary>
    public static double[] Fit(byte[][] bins, bool[] isCurrent, int[] training, double[] gains)
    {
        var share = training.Count(row => isCurrent[row]) / (double)training.Length;
        var scores = new double[isCurrent.Length];
        Array.Fill(scores, Math.Log(share / (1 - share)));
        var gradient = new double[isCurrent.Length];
        var hessian = new double[isCurrent.Length];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var row in training)
            {
                var p = 1 / (1 + Math.Exp(-scores[row]));
                gradient[row] = (isCurrent[row] ? 1 : 0) - p;
                hessian[row] = p * (1 - p);
            }

            var best = Enumerable
                .Range(0, bins.Length)
                .Select(column => Best(column, bins[column], training, gradient, hessian))
                .MaxBy(stump => stump.Gain);
            if (!(best.Gain > 1e-9))
            {
                break;
            }

            gains[best.Column] += best.Gain;
            for (var row = 0; row < scores.Length; row++)
            {
                scores[row] += Rate * (bins[best.Column][row] <= best.Last ? best.Left : best.Right);
            }
        }

        return scores;
    }

    private static Stump Best(int column, byte[] bins, int[] training, double[] gradient, double[] hessian)
    {
        var g = new double[BinsMax + 2];
        var h = new double[BinsMax + 2];
        foreach (var row in training)
        {
            g[bins[row]] += gradient[row];
            h[bins[row]] += hessian[row];
        }

        var (allG, allH) = (g.Sum(), h.Sum());
        var best = new Stump(column, 0, 0, 0, 0);
        var (leftG, leftH) = (0.0, 0.0);
        for (var bin = 0; bin < g.Length - 1; bin++)
        {
            leftG += g[bin];
            leftH += h[bin];
            var (rightG, rightH) = (allG - leftG, allH - leftH);
            var gain = Quality(leftG, leftH) + Quality(rightG, rightH) - Quality(allG, allH);
            if (gain > best.Gain)
            {
                best = new Stump(column, bin, leftG / (leftH + Ridge), rightG / (rightH + Ridge), gain);
            }
        }

        return best;
    }

    private static double Quality(double gradient, double hessian) => gradient * gradient / (hessian + Ridge);

    private static int Above(double[] edges, double value)
    {
        var at = Array.BinarySearch(edges, value);
        return at >= 0 ? at : ~at;
    }

    /// <summary>Rows of the bins up to <paramref name="Last"/> go left.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Stump(int Column, int Last, double Left, double Right, double Gain);
}
