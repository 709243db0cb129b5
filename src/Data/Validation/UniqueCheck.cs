namespace Rondo.Data;

/// <summary>Whether values come twice: exactly for the first millions of different ones, by an estimate beyond.</summary>
internal sealed class UniqueCheck
{
    private const int KeptMax = 4_000_000;
    private const int ExamplesMax = 5;

    // What an estimate with an error of 0.8 % can tell apart with confidence.
    private const double EstimateShareMax = 0.96;

    private readonly SeenHashes _seen = new();
    private readonly DistinctSketch _distinct = new();
    private readonly List<string> _examples = [];
    private long _count;
    private long _twice;

    public IReadOnlyList<string> Examples => _examples;

    /// <summary>How many values are not the first of their kind; 0: all are different.</summary>
    public long Duplicates =>
        _seen.Count < KeptMax ? _twice
        : _distinct.Estimate() is var estimate && estimate < EstimateShareMax * _count ? _count - estimate
        : _twice;

    public void Add(Column column)
    {
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                continue;
            }

            _count++;
            var hash = column is Column<long> whole
                ? DistinctSketch.HashOf(whole.Array[row])
                : DistinctSketch.HashOf(TextOf(column, row));
            _distinct.AddHash(hash);
            if (_seen.Contains(hash) || (_seen.Count < KeptMax && !_seen.Add(hash)))
            {
                _twice++;
                if (_examples.Count < ExamplesMax)
                {
                    _examples.Add(TextOf(column, row));
                }
            }
        }
    }

    private static string TextOf(Column column, int row) => TableConcat.TextOf(column[row]);
}
