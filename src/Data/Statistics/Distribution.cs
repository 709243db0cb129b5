namespace Rondo.Data;

/// <summary>
/// How numbers lie between the least and the greatest: exactly where each number has a cell, else as if those of a cell stood evenly
/// between its ends.
/// </summary>
internal sealed class Distribution(
    IReadOnlyList<ValueGrid.Cell> cells,
    bool isExact,
    double min,
    double max,
    long count
)
{
    private const int BinCount = 10;

    public bool IsExact => isExact;

    public IReadOnlyList<ValueGrid.Cell> Cells => cells;

    /// <summary>Quantiles of type 7 by ascending shares, and the most by which any of them may be wrong.</summary>
    public (IReadOnlyList<QuantileValue> Values, double Error) Quantiles(IReadOnlyList<double> shares)
    {
        var values = new List<QuantileValue>(shares.Count);
        var error = 0.0;
        var walk = new Walk(this);
        foreach (var share in shares)
        {
            var at = share * (count - 1);
            var below = Math.Min((long)at, count - 1);
            var (low, lowError) = walk.To(below);
            var (high, highError) = below + 1 < count ? new Walk(walk).To(below + 1) : (low, lowError);
            // Equal ones must stay equal: what they are multiplied with rounds.
            var value = low == high ? low : low + ((at - below) * (high - low));
            values.Add(new QuantileValue(share, value));
            error = Math.Max(error, Math.Max(lowError, highError));
        }

        return (values, error);
    }

    /// <summary>Ten bins of equal width; one if all numbers are equal.</summary>
    public HistogramBin[] Histogram()
    {
        // Halved before subtracting, because the width of the widest range would overflow.
        var width = ((max / 2) - (min / 2)) / BinCount * 2;
        if (width == 0)
        {
            return [new HistogramBin(min, max, count)];
        }

        var bins = new HistogramBin[BinCount];
        var (from, counted, at, passed) = (min, 0L, 0, 0L);
        for (var i = 0; i < BinCount; i++)
        {
            var last = i == BinCount - 1;
            var to = last ? max : min + (width * (i + 1));
            while (at < cells.Count && Last(cells[at]) < to)
            {
                passed += cells[at++].Count;
            }

            var below = last ? count : passed + (at < cells.Count ? Below(cells[at], to) : 0);
            bins[i] = new HistogramBin(from, to, below - counted);
            (from, counted) = (to, below);
        }

        return bins;
    }

    /// <summary>The most frequent numbers, ties by size; only where each has a cell.</summary>
    public IEnumerable<ValueGrid.Cell> Top(int most) =>
        cells.OrderByDescending(cell => cell.Count).ThenBy(cell => cell.From).Take(most);

    private double First(ValueGrid.Cell cell) => Math.Max(cell.From, min);

    private double Last(ValueGrid.Cell cell) => Math.Min(cell.To, max);

    private long Below(ValueGrid.Cell cell, double limit)
    {
        var (first, last) = (First(cell), Last(cell));
        return limit <= first ? 0 : (long)Math.Round(cell.Count * Math.Clamp((limit - first) / (last - first), 0, 1));
    }

    /// <summary>Goes up through the cells, rank by rank.</summary>
    private sealed class Walk(Distribution distribution)
    {
        private int _cell;
        private long _passed;

        public Walk(Walk other)
            : this(other.Distribution) => (_cell, _passed) = (other._cell, other._passed);

        private Distribution Distribution => distribution;

        /// <summary>The value at a rank, which must not be below the one before, and the most by which it may be wrong.</summary>
        public (double Value, double Error) To(long rank)
        {
            while (rank >= _passed + distribution.Cells[_cell].Count)
            {
                _passed += distribution.Cells[_cell++].Count;
            }

            var cell = distribution.Cells[_cell];
            var (first, last) = (distribution.First(cell), distribution.Last(cell));
            if (first == last || rank == 0)
            {
                return (first, 0);
            }

            // The least and the greatest of all are known; the others are thought to be in the middle of equal parts.
            var isLast = _cell == distribution.Cells.Count - 1 && rank == _passed + cell.Count - 1;
            return isLast
                ? (last, 0)
                : (first + ((last - first) * ((rank - _passed + 0.5) / cell.Count)), last - first);
        }
    }
}
