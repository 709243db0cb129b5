using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// Rows for a classifier, drawn by what they hold: neither their order nor how they are parted decides which, as long as there are at most
/// a million different ones. Rows that are equal are drawn one by one.
/// </summary>
internal sealed class DomainRows(ReferenceProfile reference, long salt)
{
    private const int DifferentMax = 1_000_000;

    private readonly Dictionary<string, int>[] _places =
    [
        .. reference.Columns.Select(profile =>
            (profile.Categories?.Values ?? [])
                .Index()
                .ToDictionary(v => v.Item.Value, v => v.Index, StringComparer.Ordinal)
        ),
    ];

    private readonly Dictionary<ulong, long> _seen = [];
    private List<(ulong Key, double[] Row)> _kept = [];
    private ulong _limit = ulong.MaxValue;

    public void Add(Table part)
    {
        var columns = reference.Columns.Select(profile => part.TryGet(profile.Name, out var c) ? c : null).ToArray();
        var hashes = RowHashes.Of(new Table([.. columns.OfType<Column>()]), part.RowCount);
        for (var row = 0; row < part.RowCount; row++)
        {
            var key = Key(hashes[row]);
            if (key <= _limit)
            {
                var at = row;
                _kept.Add((key, [.. columns.Select((column, i) => Number(i, column, at))]));
            }
        }

        if (_kept.Count > 2 * DomainDrift.RowsMax)
        {
            Shrink();
        }
    }

    /// <summary>The rows, a number for each column of the reference; NaN where there is none.</summary>
    public double[][] ToRows()
    {
        Shrink();
        return [.. _kept.Select(kept => kept.Row)];
    }

    // Another for each of equal rows, or else all of them or none would be drawn.
    private ulong Key(ulong hash)
    {
        var nth = 0L;
        if (_seen.Count < DifferentMax || _seen.ContainsKey(hash))
        {
            nth = CollectionsMarshal.GetValueRefOrAddDefault(_seen, hash, out _)++;
        }

        return DistinctSketch.HashOf((long)(hash ^ DistinctSketch.HashOf(nth) ^ DistinctSketch.HashOf(~salt)));
    }

    private void Shrink()
    {
        _kept = [.. _kept.OrderBy(kept => kept.Key).Take(DomainDrift.RowsMax)];
        _limit = _kept.Count == DomainDrift.RowsMax ? _kept[^1].Key : ulong.MaxValue;
    }

    // Categories in the order of how often the reference has them, all others beyond.
    private double Number(int place, Column? column, int row)
    {
        if (column is null || column.IsMissing(row))
        {
            return double.NaN;
        }

        var categories = reference.Columns[place].Categories;
        return column switch
        {
            Column<double> numbers when categories is null => double.IsFinite(numbers.Array[row])
                ? numbers.Array[row]
                : double.NaN,
            Column<long> whole when categories is null => whole.Array[row],
            _ when categories is null => double.NaN,
            _ => _places[place].GetValueOrDefault(TableConcat.TextOf(column[row]), categories.Values.Count),
        };
    }
}
