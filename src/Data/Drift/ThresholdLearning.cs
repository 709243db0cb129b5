using System.Globalization;

namespace Rondo.Data;

/// <summary>Measures each window of a reference against all other rows, and takes limits from what came out.</summary>
internal static class ThresholdLearning
{
    private static readonly DriftMeasure[] s_measures = Enum.GetValues<DriftMeasure>();

    public static DriftThresholds Of(Table table, DriftCalibration how)
    {
        Samples.CheckInnerShare(how.Alpha, "Alpha");
        var cut = WindowedTable.Cut(table, how);
        int[] measured = [.. cut.Measured(DriftCalibration.WindowsMax)];
        var scores = ReferenceProfile
            .Compared(table)
            .Select(column => (column.Name, Drifts: Measure(column, cut, measured)))
            .ToList();
        var limits = scores.Select(column => Limits(column.Name, column.Drifts, how.Alpha)).ToList();
        var sizes = measured.Select(window => (double)cut.Rows[window].Length).Order().ToArray();
        var thresholds = new DriftThresholds(
            how.Window,
            how.Alpha,
            measured.Length,
            Quantile.Linear(sizes, 0.5),
            limits,
            new ColumnLimits("any")
        )
        {
            Reason = measured.Length < how.WindowsMin ? TooFew(how, measured.Length) : null,
        };
        return thresholds with { AnyColumn = AnyColumn(thresholds, scores.ConvertAll(column => column.Drifts)) };
    }

    private static string TooFew(DriftCalibration how, int windows) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"That needs {how.WindowsMin} windows: with {windows} each limit is the greatest that a window gave, and a window without drift passes it with a probability of up to 1 in {windows + 1}."
        );

    private static ColumnDrift[] Measure(Column column, WindowedTable cut, int[] measured)
    {
        var others = Others.Of(column, cut);
        return
        [
            .. measured.Select(window =>
            {
                var comparison = new ColumnComparison(others.Without(window));
                comparison.Add(column.Select(cut.Rows[window]));
                return comparison.Finish(cut.Rows[window].Length);
            }),
        ];
    }

    private static ColumnLimits Limits(string column, ColumnDrift[] drifts, double alpha)
    {
        return new ColumnLimits(column)
        {
            Psi = Of(DriftMeasure.Psi),
            Ks = Of(DriftMeasure.Ks),
            JensenShannon = Of(DriftMeasure.JensenShannon),
            LInfinity = Of(DriftMeasure.LInfinity),
            Wasserstein = Of(DriftMeasure.Wasserstein),
            Effect = Of(DriftMeasure.Effect),
        };

        double? Of(DriftMeasure measure)
        {
            var scores = drifts.Select(drift => drift[measure]).OfType<double>().ToArray();
            return scores.Length == 0 ? null : DriftCalibration.Limit(scores, alpha);
        }
    }

    private static ColumnLimits AnyColumn(DriftThresholds thresholds, List<ColumnDrift[]> drifts)
    {
        var factors = s_measures.ToDictionary(measure => measure, Factor);
        return new ColumnLimits("any")
        {
            Psi = factors[DriftMeasure.Psi],
            Ks = factors[DriftMeasure.Ks],
            JensenShannon = factors[DriftMeasure.JensenShannon],
            LInfinity = factors[DriftMeasure.LInfinity],
            Wasserstein = factors[DriftMeasure.Wasserstein],
            Effect = factors[DriftMeasure.Effect],
        };

        double? Factor(DriftMeasure measure)
        {
            // A limit of 0 has no multiple.
            var farthest = Enumerable
                .Range(0, thresholds.Windows)
                .Select(window =>
                    drifts
                        .Select(column => thresholds.Ratio(column[window], measure) ?? 0)
                        .Where(double.IsFinite)
                        .DefaultIfEmpty(0)
                        .Max()
                )
                .ToList();
            return Math.Max(1, DriftCalibration.Limit(farthest, thresholds.Alpha));
        }
    }

    /// <summary>The profiles of a column without one window each: sorted and counted once, and then only filtered.</summary>
    private abstract class Others(Column column, long[] missing)
    {
        public static Others Of(Column column, WindowedTable cut)
        {
            var missing = new long[cut.Rows.Count];
            for (var row = 0; column.MissingCount > 0 && row < column.Count; row++)
            {
                if (cut.Of[row] >= 0 && column.IsMissing(row))
                {
                    missing[cut.Of[row]]++;
                }
            }

            return column.Type is ColumnType.Integer or ColumnType.Number
                ? new OfNumbers(column, cut, missing)
                : new OfCategories(column, cut, missing);
        }

        public ColumnProfile Without(int window)
        {
            var left = column.MissingCount - missing[window];
            var present = column.Count - column.MissingCount - Present(window);
            return Profile(new ColumnProfile(column.Name, column.Type, present, left, null, null), window);
        }

        protected abstract long Present(int window);

        protected abstract ColumnProfile Profile(ColumnProfile facts, int window);

        protected static long[] Counts(WindowedTable cut, long[] missing) =>
            [.. cut.Rows.Select((rows, window) => rows.Length - missing[window])];
    }

    private sealed class OfNumbers : Others
    {
        private readonly double[] _sorted;
        private readonly double[] _rounded;
        private readonly int[] _finite;
        private readonly int[] _windows;
        private readonly long[] _present;

        public OfNumbers(Column column, WindowedTable cut, long[] missing)
            : base(column, missing)
        {
            _present = Counts(cut, missing);
            var (values, windows) = (new List<double>(column.Count), new List<int>(column.Count));
            for (var row = 0; row < column.Count; row++)
            {
                if (!column.IsMissing(row) && ColumnValues.NumberAt(column, row) is var value && double.IsFinite(value))
                {
                    values.Add(value + 0.0);
                    windows.Add(cut.Of[row]);
                }
            }

            (_sorted, _windows) = ([.. values], [.. windows]);
            Array.Sort(_sorted, _windows);
            _rounded = Profiling.Rounded(_sorted);
            _finite = new int[cut.Rows.Count];
            foreach (var window in _windows)
            {
                if (window >= 0)
                {
                    _finite[window]++;
                }
            }
        }

        protected override long Present(int window) => _present[window];

        protected override ColumnProfile Profile(ColumnProfile facts, int window)
        {
            var first = Array.FindIndex(_windows, other => other != window);
            if (first < 0)
            {
                return facts;
            }

            var last = Array.FindLastIndex(_windows, other => other != window);
            var rounded = Profiling.IsRounded(_sorted[first], _sorted[last]);
            return facts with { Numbers = Profiling.OfNumbers(Without(rounded ? _rounded : _sorted, window), rounded) };
        }

        private double[] Without(double[] all, int window)
        {
            var left = new double[all.Length - _finite[window]];
            var count = 0;
            for (var i = 0; i < all.Length; i++)
            {
                if (_windows[i] != window)
                {
                    left[count++] = all[i];
                }
            }

            return left;
        }
    }

    private sealed class OfCategories : Others
    {
        private readonly Dictionary<string, long> _all;
        private readonly Dictionary<string, long>[] _ofWindows;
        private readonly long[] _present;

        public OfCategories(Column column, WindowedTable cut, long[] missing)
            : base(column, missing)
        {
            _present = Counts(cut, missing);
            _all = ColumnValues.Categories(column);
            _ofWindows = [.. cut.Rows.Select(rows => ColumnValues.Categories(column.Select(rows)))];
        }

        protected override long Present(int window) => _present[window];

        protected override ColumnProfile Profile(ColumnProfile facts, int window)
        {
            var gone = _ofWindows[window];
            var left = _all.Select(c => KeyValuePair.Create(c.Key, c.Value - gone.GetValueOrDefault(c.Key)))
                .Where(c => c.Value > 0);
            return facts with { Categories = Profiling.OfCategories([.. left]) };
        }
    }
}
