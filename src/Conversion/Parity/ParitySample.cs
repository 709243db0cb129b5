using Rondo.Conversion.Scoring;

namespace Rondo.Conversion.Parity;

/// <summary>
/// The rows on which two models are compared: some as they are, and some made of them in which one number is missing, all are, a category is
/// unknown, a text is empty, or a number is huge or endless. What is rare in a sample is where converted models differ.
/// </summary>
internal static class ParitySample
{
    private const int NumbersMax = 256;
    private const string Unknown = "\u241Aunknown";

    // Beyond what single precision holds, in which most chains compute.
    private const double Huge = 1e300;
    private const float HugeSingle = 1e30f;

    /// <summary>The sample; how many of its rows, the last ones, were made; and how many of those, the last ones, have a number that is huge.</summary>
    public static (Feed Sample, int Probes, int Extremes) Of(Feed rows, ConversionOptions options)
    {
        if (rows.Rows == 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "There are no rows on which the converted model could be compared with the original.",
                "Give a sample of at least one row."
            );
        }
        var count = Math.Min(rows.Rows, options.SampleRowsMax);
        var spread = rows.Pick([.. Enumerable.Range(0, count).Select(i => (int)((long)i * rows.Rows / count))]);
        var extremes = options.Extremes ? Extremes(spread).ToList() : [];
        List<Action<Feed, int>> changes = [.. Changes(spread), .. extremes];
        if (changes.Count == 0)
        {
            return (spread, 0, 0);
        }
        var probes = spread.Pick([.. changes.Select((_, i) => i % spread.Rows)]);
        foreach (var (row, change) in changes.Index())
        {
            change(probes, row);
        }
        return (spread.Append(probes), probes.Rows, extremes.Count);
    }

    private static IEnumerable<Action<Feed, int>> Changes(Feed rows)
    {
        var elements = Elements(rows);
        var numbers = elements.Where(element => rows.Columns[element.Index].Values is float[] or double[]).ToList();
        foreach (var (column, at) in numbers.Take(NumbersMax))
        {
            yield return (probes, row) => Put(probes.Columns[column], row, at, double.NaN);
        }
        if (numbers.Count > 1)
        {
            yield return (probes, row) =>
                numbers.ForEach(number => Put(probes.Columns[number.Index], row, number.At, double.NaN));
        }
        foreach (var (column, at) in elements.Where(element => rows.Columns[element.Index].Values is string[]))
        {
            yield return (probes, row) => Put(probes.Columns[column], row, at, Unknown);
            yield return (probes, row) => Put(probes.Columns[column], row, at, "");
        }
    }

    private static IEnumerable<Action<Feed, int>> Extremes(Feed rows)
    {
        foreach (var (column, at) in Elements(rows).Take(NumbersMax))
        {
            switch (rows.Columns[column].Values)
            {
                case float[]:
                    yield return (probes, row) => Put(probes.Columns[column], row, at, HugeSingle);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, double.PositiveInfinity);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, double.NegativeInfinity);
                    break;
                case double[]:
                    yield return (probes, row) => Put(probes.Columns[column], row, at, Huge);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, double.PositiveInfinity);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, double.NegativeInfinity);
                    break;
                case long[]:
                    yield return (probes, row) => Put(probes.Columns[column], row, at, long.MaxValue);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, long.MinValue);
                    break;
                case int[]:
                    yield return (probes, row) => Put(probes.Columns[column], row, at, int.MaxValue);
                    yield return (probes, row) => Put(probes.Columns[column], row, at, int.MinValue);
                    break;
            }
        }
    }

    private static List<(int Index, int At)> Elements(Feed rows) =>
        [
            .. rows
                .Columns.Index()
                .SelectMany(column => Enumerable.Range(0, column.Item.Width).Select(at => (column.Index, At: at))),
        ];

    private static void Put(FeedColumn column, int row, int at, double number)
    {
        var place = (row * column.Width) + at;
        if (column.Values is float[] single)
        {
            single[place] = (float)number;
        }
        else
        {
            ((double[])column.Values)[place] = number;
        }
    }

    private static void Put(FeedColumn column, int row, int at, long number) =>
        column.Values.SetValue(column.Values is int[] ? (object)(int)number : number, (row * column.Width) + at);

    private static void Put(FeedColumn column, int row, int at, string text) =>
        ((string[])column.Values)[(row * column.Width) + at] = text;
}
