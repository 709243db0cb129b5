namespace Rondo.Data;

internal static class AssociationPairs
{
    private const int ColumnsMax = 200;
    private const int CategoriesMax = 100;
    private const int RowsMin = 10;

    public static IReadOnlyList<Association> Of(Table table)
    {
        var columns = table.Columns.Select(Measured.Of).OfType<Measured>().Take(ColumnsMax).ToList();
        var pairs = new List<Association>();
        for (var left = 0; left < columns.Count; left++)
        {
            for (var right = left + 1; right < columns.Count; right++)
            {
                if (Of(columns[left], columns[right]) is { } pair)
                {
                    pairs.Add(pair);
                }
            }
        }

        return
        [
            .. pairs.OrderByDescending(pair => Math.Abs(pair.Value)).ThenBy(pair => pair.Left, StringComparer.Ordinal),
        ];
    }

    private static Association? Of(Measured left, Measured right)
    {
        var rows = Enumerable
            .Range(0, left.Column.Count)
            .Where(row => !left.IsMissing(row) && !right.IsMissing(row))
            .ToArray();
        if (rows.Length < RowsMin)
        {
            return null;
        }

        var (measure, value) = (left.Numbers, right.Numbers) switch
        {
            ({ } a, { } b) => (AssociationMeasure.Spearman, Spearman(a, b, rows)),
            ({ } numbers, null) => (
                AssociationMeasure.CorrelationRatio,
                CorrelationRatio(numbers, right.Categories!, rows)
            ),
            (null, { } numbers) => (
                AssociationMeasure.CorrelationRatio,
                CorrelationRatio(numbers, left.Categories!, rows)
            ),
            _ => (AssociationMeasure.CramersV, CramersV(left.Categories!, right.Categories!, rows)),
        };
        return value is { } strength
            ? new Association(left.Column.Name, right.Column.Name, measure, strength, rows.Length)
            : null;
    }

    /// <summary>The correlation of ranks; null where one of the two does not vary.</summary>
    private static double? Spearman(double[] left, double[] right, int[] rows)
    {
        var (a, b) = (Ranks(left, rows), Ranks(right, rows));
        var middle = (rows.Length + 1) / 2.0;
        var (ab, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            var (x, y) = (a[i] - middle, b[i] - middle);
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }

        return aa == 0 || bb == 0 ? null : Math.Clamp(ab / Math.Sqrt(aa * bb), -1, 1);
    }

    private static double[] Ranks(double[] values, int[] rows)
    {
        var order = Enumerable.Range(0, rows.Length).ToArray();
        var keys = Array.ConvertAll(rows, row => values[row]);
        Array.Sort(keys, order);
        var ranks = new double[rows.Length];
        for (var first = 0; first < keys.Length; )
        {
            var next = first + 1;
            while (next < keys.Length && keys[next] == keys[first])
            {
                next++;
            }

            for (var i = first; i < next; i++)
            {
                ranks[order[i]] = (first + next + 1) / 2.0;
            }

            first = next;
        }

        return ranks;
    }

    private static double? CorrelationRatio(double[] numbers, int[] categories, int[] rows)
    {
        var groups = rows.GroupBy(row => categories[row], row => numbers[row]).Select(Moments.Of).ToList();
        var all = groups.Aggregate((a, b) => a.Merge(b));
        var total = all.PopulationVariance!.Value;
        var between = groups.Sum(group => group.Count * (group.Mean - all.Mean) * (group.Mean - all.Mean)) / all.Count;
        // With a category for each row, everything would lie between the categories.
        return total == 0 || groups.Count < 2 || groups.Count * 2 > rows.Length
            ? null
            : Math.Sqrt(Math.Min(1, between / total));
    }

    private static double? CramersV(int[] left, int[] right, int[] rows)
    {
        var cells = rows.CountBy(row => (left[row], right[row])).ToDictionary();
        var across = rows.CountBy(row => left[row]).ToDictionary();
        var down = rows.CountBy(row => right[row]).ToDictionary();
        double n = rows.Length;
        if (across.Count < 2 || down.Count < 2)
        {
            return null;
        }

        // Σ observed² / expected − n is chi-square, and cells without a row add nothing.
        var sum = cells.Sum(cell => cell.Value * (double)cell.Value / across[cell.Key.Item1] / down[cell.Key.Item2]);
        var phi = sum - 1;
        var (r, k) = ((double)across.Count, (double)down.Count);
        var corrected = Math.Max(0, phi - ((r - 1) * (k - 1) / (n - 1)));
        var most = Math.Min(r - ((r - 1) * (r - 1) / (n - 1)), k - ((k - 1) * (k - 1) / (n - 1))) - 1;
        return most <= 0 ? null : Math.Sqrt(Math.Min(1, corrected / most));
    }

    /// <summary>A column as numbers, or as the numbers of its categories.</summary>
    private sealed record Measured(Column Column, double[]? Numbers, int[]? Categories)
    {
        public bool IsMissing(int row) => Column.IsMissing(row) || (Numbers is { } n && !double.IsFinite(n[row]));

        /// <summary>Null for what is neither: texts of which there are too many.</summary>
        public static Measured? Of(Column column) =>
            column switch
            {
                Column<double> numbers => new Measured(column, numbers.Array, null),
                Column<long> whole => new Measured(column, Array.ConvertAll(whole.Array, v => (double)v), null),
                Column<DateOnly> days => new Measured(
                    column,
                    Array.ConvertAll(days.Array, v => (double)v.DayNumber),
                    null
                ),
                Column<DateTimeOffset> times => new Measured(
                    column,
                    Array.ConvertAll(times.Array, v => (double)v.UtcTicks),
                    null
                ),
                _ => Category(column),
            };

        private static Measured? Category(Column column)
        {
            var known = new Dictionary<string, int>(StringComparer.Ordinal);
            var categories = new int[column.Count];
            for (var row = 0; row < column.Count; row++)
            {
                var text = TableConcat.TextOf(column[row]);
                if (!known.TryGetValue(text, out categories[row]))
                {
                    known[text] = categories[row] = known.Count;
                }
            }

            return known.Count > CategoriesMax ? null : new Measured(column, null, categories);
        }
    }
}
