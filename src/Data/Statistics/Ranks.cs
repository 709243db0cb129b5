namespace Rondo.Data;

/// <summary>Ranks from 1, equal values sharing the mean of theirs ("midranks").</summary>
/// <param name="Values">The rank of each value, in the order given.</param>
/// <param name="TieTerm">Σ (t³ − t) over the groups of t equal values: what corrections for ties are made of; 0 without ties.</param>
public sealed record Ranks(IReadOnlyList<double> Values, double TieTerm)
{
    /// <summary>Ranks values. None has no ranks; NaN would have none either and is refused.</summary>
    /// <exception cref="RondoException">A value is not a number.</exception>
    public static Ranks Of(IReadOnlyList<double> values)
    {
        var order = new int[values.Count];
        var sorted = new double[values.Count];
        for (var i = 0; i < order.Length; i++)
        {
            if (double.IsNaN(values[i]))
            {
                throw Samples.Refuse($"The value at index {i} is not a number.", "Leave out what is missing.");
            }

            (order[i], sorted[i]) = (i, values[i]);
        }

        Array.Sort(sorted, order);
        var ranks = new double[order.Length];
        var ties = 0.0;
        for (var from = 0; from < order.Length; )
        {
            var to = from + 1;
            while (to < order.Length && sorted[to] == sorted[from])
            {
                to++;
            }

            double count = to - from;
            ties += (count * count * count) - count;
            for (var i = from; i < to; i++)
            {
                ranks[order[i]] = (from + to + 1) / 2.0;
            }

            from = to;
        }

        return new Ranks(ranks, ties);
    }
}
