namespace Rondo.Data;

/// <summary>
/// The same statistics for each value of a column: a table that looks well as a whole may be broken for one station, one country, one day of
/// the week. Like those of the whole they do not depend on the order of rows, nor on how these are parted.
/// </summary>
/// <param name="Column">The column whose values make the slices.</param>
/// <param name="Rows">All rows.</param>
/// <param name="Slices">
/// The most frequent values, ties in ascending order; then the rows of all others together, if there are any; then those without a value.
/// </param>
public sealed record SliceStatistics(string Column, long Rows, IReadOnlyList<TableSlice> Slices)
{
    /// <summary>The most values that get a slice of their own where nothing else is said.</summary>
    public const int SlicesUsual = 20;

    /// <summary>The most that may be asked for: each slice takes the memory of a profiler.</summary>
    public const int SlicesMax = 100;

    /// <summary>Describes a source by the values of a column; it is read twice, once to count these.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="column">A column of texts, booleans or whole numbers, or of dates.</param>
    /// <param name="slices">How many values get a slice of their own, at most <see cref="SlicesMax"/>.</param>
    /// <exception cref="RondoException">
    /// There is no such column, it holds numbers with a fraction or timestamps, or more than 50,000 different values; or the number of slices is out of range.
    /// </exception>
    public static SliceStatistics Of(TableSource source, string column, int slices = SlicesUsual)
    {
        if (slices is < 1 or > SlicesMax)
        {
            throw Samples.Refuse($"{slices} slices cannot be described.", "Give 1 to 100.");
        }

        var profilers = Slicing
            .ValuesOf(source, column, slices)
            .ToDictionary(v => v, _ => new TableProfiler(), StringComparer.Ordinal);
        var (others, missing) = (new TableProfiler(), new TableProfiler());
        var rows = 0L;
        var othersSeen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in source.Read())
        {
            rows += part.RowCount;
            foreach (var (value, of) in Slicing.Cut(part, column, profilers.ContainsKey, othersSeen))
            {
                var profiler =
                    value is null ? missing
                    : profilers.TryGetValue(value, out var own) ? own
                    : others;
                profiler.Add(of);
            }
        }

        return new SliceStatistics(
            column,
            rows,
            [
                .. profilers.Select(slice => new TableSlice(SliceKind.Value, slice.Key, 1, slice.Value.ToStatistics())),
                .. others.Rows == 0
                    ? []
                    : (TableSlice[])[new(SliceKind.Others, null, othersSeen.Count, others.ToStatistics())],
                .. missing.Rows == 0 ? [] : (TableSlice[])[new(SliceKind.Missing, null, 0, missing.ToStatistics())],
            ]
        );
    }
}

/// <summary>Which rows a slice holds.</summary>
public enum SliceKind
{
    /// <summary>Those of one value.</summary>
    Value,

    /// <summary>Those of all values without a slice of their own.</summary>
    Others,

    /// <summary>Those without a value.</summary>
    Missing,
}

/// <summary>The rows of a slice, described.</summary>
/// <param name="Kind">Which rows.</param>
/// <param name="Value">The value as text; null of the others and of missing ones.</param>
/// <param name="Values">How many different values it holds.</param>
/// <param name="Statistics">Its statistics; their rows are the slice's.</param>
public sealed record TableSlice(SliceKind Kind, string? Value, int Values, TableStatistics Statistics)
{
    /// <summary>What to call it: the value, <c>(others)</c> with their number, or <c>(missing)</c>.</summary>
    public string Name =>
        Kind switch
        {
            SliceKind.Value => Value!.Length == 0 ? "(empty)" : Value,
            SliceKind.Others => FormattableString.Invariant($"({Values} others)"),
            _ => "(missing)",
        };
}
