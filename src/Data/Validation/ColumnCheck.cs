using System.Globalization;

namespace Rondo.Data;

/// <summary>One column of one file against what is expected of it.</summary>
internal sealed class ColumnCheck(TableSchema schema, ColumnExpectation expected, PartColumn found)
{
    private const int ExamplesMax = 5;
    private const int UnexpectedMax = 1000;

    private readonly HashSet<string>? _domain = expected.Domain?.ToHashSet(StringComparer.Ordinal);
    private readonly UniqueCheck? _unique = expected.Unique ? new UniqueCheck() : null;
    private readonly ColumnAccumulator? _values = expected.DistinctMax is null
        ? null
        : new ColumnAccumulator(expected.Name, found.Type ?? expected.Type);
    private readonly DistributionCheck? _distribution = expected.Distribution is { } distribution
        ? new DistributionCheck(distribution)
        : null;
    private readonly Tally _missing = new();
    private readonly Tally _misfits = new();
    private readonly Tally _outside = new();
    private readonly Tally _unknown = new();
    private double _least = double.PositiveInfinity;
    private double _greatest = double.NegativeInfinity;
    private long _present;

    public ColumnExpectation Expected => expected;

    public string Name => found.Name;

    public void Add(Table part, long firstRow)
    {
        var column = part[found.Name];
        if (Window.Of(schema, expected, part) is { } rows)
        {
            column = column.Select(rows);
        }

        _present += column.Count - column.MissingCount;
        if (!expected.Nullable || expected.MissingShareMax is not null)
        {
            AddMissing(column, firstRow);
        }

        if (found.Type is { } type && type != expected.Type && !IsWider(type, expected.Type))
        {
            AddMisfits(column);
        }

        AddRange(column);
        AddDomain(column);
        _unique?.Add(column);
        _values?.Add(column);
        _distribution?.Add(column);
    }

    public IEnumerable<Anomaly> Finish(string file, long rows)
    {
        if (_misfits.Count > 0)
        {
            return [WrongType(file, rows)];
        }

        return new[]
        {
            Missing(file, rows),
            OutOfRange(file, rows),
            Unknown(file, rows),
            NotUnique(file, rows),
            TooManyDistinct(file),
            Unlike(file),
        }.OfType<Anomaly>();
    }

    // Every value of such a type is one of the expected type, too.
    private static bool IsWider(ColumnType type, ColumnType wanted) =>
        (type, wanted) switch
        {
            (ColumnType.Integer, ColumnType.Number) or (ColumnType.Date, ColumnType.Timestamp) => true,
            (ColumnType.Integer or ColumnType.Number or ColumnType.Boolean, ColumnType.Text) => true,
            _ => false,
        };

    private void AddMissing(Column column, long firstRow)
    {
        for (var row = 0; column.MissingCount > 0 && row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                _missing.Add(Invariant($"row {firstRow + row + 1}"));
            }
        }
    }

    private void AddMisfits(Column column)
    {
        for (var row = 0; row < column.Count; row++)
        {
            if (column[row] is { } value && !Fits(value))
            {
                _misfits.Add(TableConcat.TextOf(value));
            }
        }
    }

    private bool Fits(object value) =>
        (value, expected.Type) switch
        {
            (double number, ColumnType.Integer) => Math.Floor(number) == number,
            (0L or 1L or 0.0 or 1.0, ColumnType.Boolean) => true,
            (string text, _) => CellParser.IsMarker(text) || CellParser.Fits(text, expected.Type),
            _ => false,
        };

    private void AddRange(Column column)
    {
        if (expected.Min is null && expected.Max is null)
        {
            return;
        }

        var (min, max) = Limits();
        switch (column)
        {
            case Column<double> numbers:
                for (var row = 0; row < column.Count; row++)
                {
                    AddOutside(numbers.Array[row], column, row, min, max);
                }

                break;
            case Column<long> whole:
                for (var row = 0; row < column.Count; row++)
                {
                    AddOutside(whole.Array[row], column, row, min, max);
                }

                break;
        }
    }

    private void AddOutside(double value, Column column, int row, double min, double max)
    {
        if ((value >= min && value <= max) || column.IsMissing(row))
        {
            return;
        }

        _outside.Add(value.ToString(CultureInfo.InvariantCulture));
        (_least, _greatest) = (Math.Min(_least, value), Math.Max(_greatest, value));
    }

    private void AddDomain(Column column)
    {
        for (var row = 0; _domain is not null && row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                continue;
            }

            var text = column is Column<string> texts ? texts.Array[row] : TableConcat.TextOf(column[row]);
            if (!_domain.Contains(text))
            {
                _unknown.Add(text);
            }
        }
    }

    private (double Min, double Max) Limits() =>
        (expected.Min ?? double.NegativeInfinity, expected.Max ?? double.PositiveInfinity);

    private Anomaly WrongType(string file, long rows) =>
        new(
            AnomalyKind.WrongType,
            Name,
            file,
            expected.Type.ToString(),
            found.Type!.ToString()!,
            Share(_misfits.Count, rows),
            _misfits.Examples,
            $"Correct the values in {file}, or declare '{Name}' as {found.Type} in {SchemaWords.Place(schema)}."
        );

    private Anomaly? Missing(string file, long rows)
    {
        var max = expected.Nullable ? expected.MissingShareMax ?? 1 : 0;
        var share = Share(_missing.Count, rows);
        return share <= max
            ? null
            : new Anomaly(
                AnomalyKind.MissingValue,
                Name,
                file,
                max == 0 ? "a value in every row" : Invariant($"at most {max:P1} missing"),
                Invariant($"{_missing.Count} of {rows} rows"),
                share,
                _missing.Examples,
                $"Fill the values in {file}, or make '{Name}' nullable in {SchemaWords.Place(schema)}."
            );
    }

    private Anomaly? OutOfRange(string file, long rows)
    {
        return _outside.Count == 0
            ? null
            : new Anomaly(
                AnomalyKind.OutOfRange,
                Name,
                file,
                SchemaWords.Range(expected.Min, expected.Max),
                Invariant($"{Counted(_outside.Count, "value")}, from {_least} to {_greatest}"),
                Share(_outside.Count, rows),
                _outside.Examples,
                SchemaWords.Range(schema, Name, file)
            )
            {
                Unexpected = [Invariant($"{_least:R}"), Invariant($"{_greatest:R}")],
            };
    }

    private Anomaly? Unknown(string file, long rows) =>
        _unknown.Count == 0
            ? null
            : new Anomaly(
                AnomalyKind.UnknownCategory,
                Name,
                file,
                string.Join(", ", expected.Domain!.Take(ExamplesMax))
                    + (expected.Domain!.Count > ExamplesMax ? ", …" : ""),
                Invariant($"{Counted(_unknown.Count, "value")} ({string.Join(", ", _unknown.Examples)})"),
                Share(_unknown.Count, rows),
                _unknown.Examples,
                SchemaWords.Domain(schema, Name, file)
            )
            {
                Unexpected = _unknown.All,
            };

    private Anomaly? NotUnique(string file, long rows) =>
        _unique is not { Duplicates: > 0 and var twice }
            ? null
            : new Anomaly(
                AnomalyKind.NotUnique,
                Name,
                file,
                "no value twice",
                Invariant($"{Counted(twice, "value")} came before"),
                Share(twice, rows),
                _unique.Examples,
                $"Remove the duplicates from {file}, or take unique from '{Name}' in {SchemaWords.Place(schema)}."
            );

    private Anomaly? TooManyDistinct(string file) =>
        _values?.ToStatistics() is not { } statistics || statistics.Distinct <= expected.DistinctMax
            ? null
            : new Anomaly(
                AnomalyKind.TooManyDistinct,
                Name,
                file,
                Invariant($"at most {expected.DistinctMax}"),
                Invariant($"{statistics.Distinct} different values"),
                1,
                [],
                $"If these are real, raise distinctMax of '{Name}' in {SchemaWords.Place(schema)}; otherwise correct {file}."
            )
            {
                Unexpected = [Invariant($"{statistics.Distinct}")],
            };

    private Anomaly? Unlike(string file) =>
        _distribution?.Finish(schema.Columns.Sum(column => DistributionCheck.Comparisons(column.Distribution)))
            is not { } deviation
            ? null
            : new Anomaly(
                AnomalyKind.UnexpectedDistribution,
                Name,
                file,
                deviation.Expected,
                deviation.Observed,
                1,
                [],
                $"Find out whether the sample or the world has changed; if the world, accept it into {SchemaWords.Place(schema)} (rondo schema accept does so)."
            )
            {
                Effect = deviation.Effect,
                Distribution = deviation.Met,
                Values = deviation.Values,
            };

    private static double Share(long count, long rows) => rows == 0 ? 0 : (double)count / rows;

    private static string Counted(long count, string noun) => Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many, and the first different ones.</summary>
    private sealed class Tally
    {
        private readonly HashSet<string> _different = new(StringComparer.Ordinal);
        private readonly List<string> _all = [];

        public long Count { get; private set; }

        public IReadOnlyList<string> Examples => [.. _all.Take(ExamplesMax)];

        public IReadOnlyList<string> All => _all;

        public void Add(string text)
        {
            Count++;
            if (_all.Count < UnexpectedMax && _different.Add(text))
            {
                _all.Add(text);
            }
        }
    }

    /// <summary>The rows of a part in which the column counts.</summary>
    private static class Window
    {
        public static int[]? Of(TableSchema schema, ColumnExpectation expected, Table part)
        {
            if (expected is { ValidFrom: null, ValidUntil: null } || !part.TryGet(schema.EventTime ?? "", out var time))
            {
                return null;
            }

            return
            [
                .. Enumerable
                    .Range(0, part.RowCount)
                    .Where(row =>
                        time[row] is (DateOnly or DateTimeOffset) and var at
                        && TableConcat.Instant(at) is var instant
                        && instant >= (expected.ValidFrom ?? DateTimeOffset.MinValue)
                        && instant < (expected.ValidUntil ?? DateTimeOffset.MaxValue)
                    ),
            ];
        }
    }
}
