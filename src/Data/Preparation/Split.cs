namespace Rondo.Data;

/// <summary>A table in parts: each row is in exactly one of them.</summary>
public sealed record Split
{
    private readonly Table table;

    internal Split(Table table, SplitRecipe recipe, IReadOnlyList<SplitPart> parts)
    {
        this.table = table;
        Recipe = recipe;
        Parts = parts;
    }

    /// <summary>How it was made.</summary>
    public SplitRecipe Recipe { get; }

    /// <summary>The parts, in the order they were named.</summary>
    public IReadOnlyList<SplitPart> Parts { get; }

    /// <summary>The rows of a part, in the order of the table.</summary>
    /// <exception cref="RondoException">There is no part of that name.</exception>
    public Table Part(string name) =>
        Parts.FirstOrDefault(part => string.Equals(part.Name, name, StringComparison.Ordinal)) is { } found
            ? table.Select(found.Rows)
            : throw Splits.Invalid(
                $"The split has no part '{name}'.",
                $"Its parts are: {string.Join(", ", Parts.Select(part => part.Name))}."
            );

    /// <summary>
    /// What of one part is known in another: rows that are equal in every column always (by a hash of 64 bits), values of
    /// <paramref name="group"/> in two parts, and by <paramref name="time"/> rows that are not later than all rows of a part named before
    /// theirs. Rows without a group or a time have no say. Empty if nothing leaks.
    /// </summary>
    /// <exception cref="RondoException">A column is not there, or the time is no date or timestamp.</exception>
    public IReadOnlyList<SplitLeak> Leaks(string? group = null, string? time = null)
    {
        var hashes = RowHashes.Of(table);
        var groups = group is null ? null : RowKeys.Of(table[group]);
        var moments = time is null ? null : Splits.Moments(table[time]);
        var leaks = new List<SplitLeak>();
        foreach (var (first, second) in Pairs())
        {
            var known = first.Rows.Select(row => hashes[row]).ToHashSet();
            Note(
                leaks,
                new(LeakKind.Row, null, first.Name, second.Name),
                second.Rows.Where(r => known.Contains(hashes[r]))
            );
            if (groups is not null)
            {
                var inFirst = first.Rows.Select(row => groups[row]).OfType<string>().ToHashSet(StringComparer.Ordinal);
                var shared = second.Rows.Where(row => groups[row] is { } key && inFirst.Contains(key));
                Note(leaks, new(LeakKind.Group, group, first.Name, second.Name), shared);
            }

            if (moments is not null)
            {
                var last = first.Rows.Max(row => moments[row]);
                var early = second.Rows.Where(row => moments[row] <= last);
                Note(leaks, new(LeakKind.Time, time, first.Name, second.Name), early);
            }
        }

        return leaks;
    }

    private static void Note(List<SplitLeak> leaks, SplitLeak leak, IEnumerable<int> rows)
    {
        var found = rows.ToList();
        if (found.Count > 0)
        {
            leaks.Add(leak with { Rows = found.Count, FirstRow = found[0] });
        }
    }

    private IEnumerable<(SplitPart First, SplitPart Second)> Pairs() =>
        Parts.SelectMany((first, i) => Parts.Skip(i + 1).Select(second => (first, second)));
}
