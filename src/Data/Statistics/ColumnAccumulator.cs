using System.Buffers;

namespace Rondo.Data;

/// <summary>The values of a column on their way to statistics, part by part.</summary>
internal sealed class ColumnAccumulator(string name, ColumnType type)
{
    private static readonly double[] s_shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    private readonly NumberAccumulator _numbers = new();
    private readonly TextAccumulator _texts = new();
    private long _missing;

    public ColumnType Type { get; private set; } = type;

    public void Add(Column column)
    {
        Widen(column.Type, column.MissingCount == column.Count);
        _missing += column.MissingCount;
        switch (column)
        {
            case Column<double> values:
                AddNumbers(values, static v => v);
                break;
            case Column<long> values:
                AddWhole(values);
                break;
            case Column<DateOnly> values:
                AddNumbers(values, static v => v.DayNumber);
                break;
            case Column<DateTimeOffset> values:
                AddNumbers(values, static v => (double)(v.UtcTicks / TimeSpan.TicksPerMicrosecond));
                break;
            case Column<string> values:
                AddTexts(values);
                break;
            default:
                AddTexts((Column<bool>)column, static v => v ? "true" : "false");
                break;
        }
    }

    /// <summary>Rows of a part that does not have the column.</summary>
    public void AddMissing(long rows) => _missing += rows;

    public void Merge(ColumnAccumulator other)
    {
        Widen(other.Type, other._numbers.Count + other._numbers.NotFinite + other._texts.Count == 0);
        _missing += other._missing;
        _numbers.Merge(other._numbers);
        _texts.Merge(other._texts);
    }

    public ColumnStatistics ToStatistics()
    {
        var count = _numbers.Count + _numbers.NotFinite + _texts.Count;
        var facts = new ColumnStatistics(name, Type, count, _missing, Distinct: 0);
        return Type switch
        {
            _ when count == 0 => facts,
            ColumnType.Integer or ColumnType.Number => OfNumbers(facts),
            ColumnType.Date or ColumnType.Timestamp => OfTimes(facts),
            _ => OfTexts(facts),
        };
    }

    // Whole numbers are numbers; a part without any value says nothing about the type.
    private void Widen(ColumnType type, bool isEmpty)
    {
        if (type == Type || isEmpty)
        {
            return;
        }

        if (_numbers.Count + _numbers.NotFinite + _texts.Count == 0)
        {
            Type = type;
            return;
        }

        var common = TableConcat.Common(Type, type);
        if (common is not ColumnType.Number)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{name}' holds {Type} in one part and {type} in another.",
                "Give the column one type in all parts."
            );
        }

        Type = common;
    }

    private void AddNumbers<T>(Column<T> column, Func<T, double> number)
    {
        var buffer = ArrayPool<double>.Shared.Rent(column.Count);
        var count = 0;
        if (column is Column<double> doubles && column.Missing is null)
        {
            doubles.Array.CopyTo(buffer, 0);
            count = column.Count;
        }
        else
        {
            for (var row = 0; row < column.Count; row++)
            {
                if (!column.IsMissing(row))
                {
                    buffer[count++] = number(column.Array[row]);
                }
            }
        }

        _numbers.Add(buffer.AsSpan(0, count));
        ArrayPool<double>.Shared.Return(buffer);
    }

    private void AddWhole(Column<long> column)
    {
        var values = column.Array;
        if (column.Missing is { } missing)
        {
            values = [.. values.Where((_, row) => !missing[row])];
        }

        var buffer = ArrayPool<double>.Shared.Rent(values.Length);
        _numbers.Add(values, buffer);
        ArrayPool<double>.Shared.Return(buffer);
    }

    private void AddTexts<T>(Column<T> column, Func<T, string> text)
    {
        for (var row = 0; row < column.Count; row++)
        {
            if (!column.IsMissing(row))
            {
                _texts.Add(text(column.Array[row]));
            }
        }
    }

    private void AddTexts(Column<string> column) => AddTexts(column, static v => v);

    private ColumnStatistics OfTexts(ColumnStatistics facts) =>
        facts with
        {
            Distinct = _texts.Distinct,
            DistinctIsExact = _texts.DistinctIsExact,
            Top = _texts
                .Counts?.OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key, StringComparer.Ordinal)
                .Take(ColumnStatistics.TopMax)
                .Select(c => new ValueCount(c.Key, c.Value))
                .ToArray(),
            Frequent = _texts.Frequent(ColumnStatistics.TopMax),
            Texts =
                Type == ColumnType.Text
                    ? new TextStatistics(_texts.ShortestLength, _texts.LongestLength, _texts.MeanLength, _texts.Blank)
                    : null,
        };

    private ColumnStatistics OfTimes(ColumnStatistics facts) =>
        facts with
        {
            Distinct = _numbers.Distinct,
            DistinctIsExact = _numbers.DistinctIsExact,
            Earliest = TimeText(_numbers.Min),
            Latest = TimeText(_numbers.Max),
        };

    private string TimeText(double value) =>
        TableConcat.TextOf(
            Type == ColumnType.Date
                ? DateOnly.FromDayNumber((int)value)
                : new DateTimeOffset((long)value * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero)
        );

    private ColumnStatistics OfNumbers(ColumnStatistics facts)
    {
        if (_numbers.Count == 0)
        {
            return facts with { Distinct = 1 };
        }

        var distribution = _numbers.Distribution();
        var (quantiles, error) = distribution.Quantiles(s_shares);
        return facts with
        {
            Distinct = _numbers.Distinct,
            DistinctIsExact = _numbers.DistinctIsExact,
            Top =
                _numbers.DistinctIsExact && distribution.IsExact
                    ? [.. distribution.Top(ColumnStatistics.TopMax).Select(Value)]
                    : null,
            Numbers = new NumberStatistics(
                _numbers.Min,
                _numbers.Max,
                _numbers.Mean,
                _numbers.Deviation,
                _numbers.Zeros,
                _numbers.NotFinite,
                quantiles,
                distribution.Histogram()
            )
            {
                QuantileError = error,
            },
        };
    }

    private static ValueCount Value(ValueGrid.Cell cell) => new(TableConcat.TextOf(cell.From), cell.Count);
}
