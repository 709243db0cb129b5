namespace Rondo.Data;

/// <summary>
/// Describes rows that come part by part, in memory that does not grow with them. Profilers of parts merge to that of the whole; neither
/// the order of the rows nor how they are parted changes the outcome. Not for several threads at once: give each its own, and merge.
/// </summary>
public sealed class TableProfiler
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, ColumnAccumulator> _columns = new(ColumnNames.Comparer);

    /// <summary>The rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds rows. A column that is not among those of the parts before was missing there.</summary>
    /// <exception cref="RondoException">A column has another type than before (whole numbers may become numbers).</exception>
    public void Add(Table part)
    {
        foreach (var column in part.Columns)
        {
            Accumulator(column.Name, column.Type).Add(column);
        }

        Rows += part.RowCount;
        foreach (var name in _names.Where(name => !part.Has(name)))
        {
            _columns[name].AddMissing(part.RowCount);
        }
    }

    /// <summary>Adds rows whose columns are all there, and are read one at a time.</summary>
    internal void Add(long rows, IEnumerable<Column> columns)
    {
        foreach (var column in columns)
        {
            Accumulator(column.Name, column.Type).Add(column);
        }

        Rows += rows;
    }

    /// <summary>Adds what another has seen.</summary>
    public void Merge(TableProfiler other)
    {
        foreach (var name in other._names)
        {
            Accumulator(name, other._columns[name].Type).Merge(other._columns[name]);
        }

        foreach (var name in _names.Where(name => !other._columns.ContainsKey(name)))
        {
            _columns[name].AddMissing(other.Rows);
        }

        Rows += other.Rows;
    }

    /// <summary>The statistics of what was added so far, columns in the order in which they came.</summary>
    public TableStatistics ToStatistics() => new(Rows, [.. _names.Select(name => _columns[name].ToStatistics())]);

    private ColumnAccumulator Accumulator(string name, ColumnType type)
    {
        if (!_columns.TryGetValue(name, out var accumulator))
        {
            _names.Add(name);
            _columns[name] = accumulator = new ColumnAccumulator(name, type);
            accumulator.AddMissing(Rows);
        }

        return accumulator;
    }
}
