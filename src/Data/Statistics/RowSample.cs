namespace Rondo.Data;

/// <summary>
/// A bounded sample of rows that follows from what the rows hold, not from where they stand: those with the least hashes. Rows that are equal
/// in every column have equal hashes, and are counted on the way.
/// </summary>
internal sealed class RowSample(int size)
{
    private const int KeptMax = 4_000_000;

    private readonly List<(Table Rows, ulong[] Hashes)> _kept = [];
    private readonly SeenHashes _seen = new();
    private bool _tooMany;
    private long _keptRows;
    private ulong _limit = ulong.MaxValue;

    public long Rows { get; private set; }

    /// <summary>Rows that are equal to an earlier one; null where there are too many rows to tell.</summary>
    public long? Duplicates => _tooMany ? null : Rows - _seen.Count;

    public void Add(Table part)
    {
        var hashes = RowHashes.Of(part);
        Rows += part.RowCount;
        Count(hashes);
        var chosen = Enumerable.Range(0, part.RowCount).Where(row => hashes[row] < _limit).ToArray();
        Keep(part.Select(chosen), [.. chosen.Select(row => hashes[row])]);
    }

    private void Count(ulong[] hashes)
    {
        foreach (var hash in hashes)
        {
            if (!_tooMany && _seen.Add(hash) && _seen.Count == KeptMax)
            {
                // What was seen tells nothing any more.
                _tooMany = true;
                _seen.Clear();
            }
        }
    }

    /// <summary>The sample, in the order of the hashes.</summary>
    public Table ToTable()
    {
        Shrink();
        return _kept.Count == 0 ? Table.Empty : _kept[0].Rows;
    }

    private void Keep(Table rows, ulong[] hashes)
    {
        if (hashes.Length == 0)
        {
            return;
        }

        _kept.Add((rows, hashes));
        _keptRows += hashes.Length;
        if (_keptRows > 4 * size)
        {
            Shrink();
        }
    }

    private void Shrink()
    {
        if (_kept.Count == 0)
        {
            return;
        }

        var all = Table.Concat([.. _kept.Select(kept => kept.Rows)]);
        var hashes = _kept.SelectMany(kept => kept.Hashes).ToArray();
        var order = Enumerable.Range(0, hashes.Length).OrderBy(row => hashes[row]).Take(size).ToArray();
        _kept.Clear();
        _kept.Add((all.Select(order), [.. order.Select(row => hashes[row])]));
        _keptRows = order.Length;
        _limit = order.Length == size ? hashes[order[^1]] : ulong.MaxValue;
    }
}

internal static class RowHashes
{
    private const ulong Missing = 0x5DEECE66D;

    public static ulong[] Of(Table part) => Of(part, part.RowCount);

    /// <summary>The same of so many rows, which a table without columns does not know.</summary>
    public static ulong[] Of(Table part, int rows)
    {
        var hashes = new ulong[rows];
        foreach (var column in part.Columns)
        {
            for (var row = 0; row < hashes.Length; row++)
            {
                hashes[row] = DistinctSketch.HashOf((long)(hashes[row] ^ Of(column, row)));
            }
        }

        return hashes;
    }

    private static ulong Of(Column column, int row) =>
        column.IsMissing(row)
            ? Missing
            : column switch
            {
                Column<double> numbers => DistinctSketch.HashOf(
                    BitConverter.DoubleToInt64Bits(numbers.Array[row] + 0.0)
                ),
                // As a number of the same value: one file may hold it so, and another so.
                Column<long> whole => DistinctSketch.HashOf(BitConverter.DoubleToInt64Bits(whole.Array[row])),
                Column<string> texts => DistinctSketch.HashOf(texts.Array[row]),
                _ => DistinctSketch.HashOf(TableConcat.TextOf(column[row])),
            };
}
