namespace Rondo.Data;

/// <summary>The type of a column in one file (null: no value tells), and whether some values are not of it.</summary>
internal readonly record struct JudgedColumn(ColumnType? Type, bool HasMisfits);

/// <summary>Tells, block by block, as what the columns of one CSV file are to be read.</summary>
internal sealed class CsvJudge(CsvFile file, CsvOptions options)
{
    private Tally[]? _tallies;

    public void Add(CsvBlock block)
    {
        _tallies ??= [.. file.Header.Select(name => new Tally(options.Schema?.Find(name)?.Type))];
        for (var i = 0; i < _tallies.Length; i++)
        {
            _tallies[i].Add(block.Fields[i]);
        }
    }

    public JudgedColumn[] Columns() => [.. (_tallies ?? []).Select(tally => tally.Judge(options.QuarantineShareMax))];

    private sealed class Tally(ColumnType? expected)
    {
        private ColumnType? _type;
        private long _count;
        private long _misfits;
        private long _fits;

        public void Add(CsvFields fields)
        {
            _count += fields.Count;
            if (expected is null)
            {
                Infer(fields);
                return;
            }

            for (var row = 0; row < fields.Count; row++)
            {
                if (fields.IsMissing(row, expected.Value))
                {
                    continue;
                }

                if (CellParser.Fits(fields[row], expected.Value))
                {
                    _fits++;
                }
                else
                {
                    _misfits++;
                    Widen(fields[row]);
                }
            }
        }

        /// <summary>The expected type if nearly all values allow it, else the one that all allow.</summary>
        public JudgedColumn Judge(double misfitsMax)
        {
            if (expected is null)
            {
                return new JudgedColumn(_type, HasMisfits: false);
            }

            if (_misfits > misfitsMax * _count)
            {
                var all = _fits > 0 ? TableConcat.Common(expected.Value, _type!.Value) : _type;
                return new JudgedColumn(all, HasMisfits: false);
            }

            return _fits + _misfits == 0
                ? new JudgedColumn(null, HasMisfits: false)
                : new JudgedColumn(expected, _misfits > 0);
        }

        private void Infer(CsvFields fields)
        {
            for (var row = 0; row < fields.Count && _type != ColumnType.Text; row++)
            {
                if (!CellParser.IsMarker(fields[row]))
                {
                    Widen(fields[row]);
                }
            }
        }

        // To the narrowest type that reads this field, too.
        private void Widen(ReadOnlySpan<char> field)
        {
            if (_type is { } known && CellParser.Fits(field, known))
            {
                return;
            }

            var type = CellParser.TypeOf(field);
            _type = _type is { } wider ? TableConcat.Common(wider, type) : type;
        }
    }
}
