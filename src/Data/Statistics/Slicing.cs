namespace Rondo.Data;

/// <summary>Cuts rows by the values of a column.</summary>
internal static class Slicing
{
    /// <summary>The most frequent values of a column, ties in ascending order.</summary>
    public static IReadOnlyList<string> ValuesOf(TableSource source, string column, int most)
    {
        var counts = new TextAccumulator();
        foreach (var part in source.Read())
        {
            var values = Found(source, part, column);
            for (var row = 0; row < values.Count; row++)
            {
                if (!values.IsMissing(row))
                {
                    counts.Add(TableConcat.TextOf(values[row]));
                }
            }
        }

        if (counts.Counts is not { } known)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{column}' has more than {TextAccumulator.DistinctMax} different values, or very long ones.",
                "Slice by a column that has few values."
            );
        }

        return
        [
            .. known
                .OrderByDescending(value => value.Value)
                .ThenBy(value => value.Key, StringComparer.Ordinal)
                .Take(most)
                .Select(value => value.Key),
        ];
    }

    /// <summary>The rows of each value of the column in a part; null: without a value. Values that are not known stand together under the first of them.</summary>
    public static IEnumerable<(string? Value, Table Rows)> Cut(
        Table part,
        string column,
        Func<string, bool> isKnown,
        HashSet<string> others
    )
    {
        var values = part[column];
        var (known, unknown, missing) = (
            new Dictionary<string, List<int>>(StringComparer.Ordinal),
            new List<int>(),
            new List<int>()
        );
        string? first = null;
        for (var row = 0; row < values.Count; row++)
        {
            if (values.IsMissing(row))
            {
                missing.Add(row);
                continue;
            }

            var text = TableConcat.TextOf(values[row]);
            if (!isKnown(text))
            {
                first ??= text;
                others.Add(text);
                unknown.Add(row);
                continue;
            }

            if (!known.TryGetValue(text, out var rows))
            {
                known[text] = rows = [];
            }

            rows.Add(row);
        }

        return
        [
            .. known.Select(slice => ((string?)slice.Key, part.Select(slice.Value))),
            .. unknown.Count == 0 ? [] : ((string?, Table)[])[(first, part.Select(unknown))],
            .. missing.Count == 0 ? [] : ((string?, Table)[])[(null, part.Select(missing))],
        ];
    }

    private static Column Found(TableSource source, Table part, string column)
    {
        if (!part.TryGet(column, out var found))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no column '{column}' in {source.Name}.",
                "There are: " + string.Join(", ", part.Columns.Take(50).Select(c => c.Name)) + "."
            );
        }

        return found.Type is not (ColumnType.Number or ColumnType.Timestamp)
            ? found
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{column}' holds {found.Type}: nearly every row would be a slice.",
                "Slice by a column of texts, booleans, whole numbers or dates."
            );
    }
}
