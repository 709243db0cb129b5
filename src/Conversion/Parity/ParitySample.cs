using Rondo.Conversion.Scoring;

namespace Rondo.Conversion.Parity;

/// <summary>
/// The rows on which two models are compared: some as they are, and some made of them in which one number is missing, all are, a category is
/// unknown, or a text is empty. What is rare in a sample is where converted models differ.
/// </summary>
internal static class ParitySample
{
    private const int NumbersMax = 256;
    private const string Unknown = "\u241Aunknown";

    /// <summary>The sample, and how many of its rows, the last ones, were made.</summary>
    public static (Feed Sample, int Probes) Of(Feed rows, int rowsMax)
    {
        if (rows.Rows == 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "There are no rows on which the converted model could be compared with the original.",
                "Give a sample of at least one row."
            );
        }
        var count = Math.Min(rows.Rows, rowsMax);
        var spread = rows.Pick([.. Enumerable.Range(0, count).Select(i => (int)((long)i * rows.Rows / count))]);
        var changes = Changes(spread).ToList();
        if (changes.Count == 0)
        {
            return (spread, 0);
        }
        var probes = spread.Pick([.. changes.Select((_, i) => i % spread.Rows)]);
        foreach (var (row, change) in changes.Index())
        {
            change(probes, row);
        }
        return (spread.Append(probes), probes.Rows);
    }

    private static IEnumerable<Action<Feed, int>> Changes(Feed rows)
    {
        var elements = rows
            .Columns.Index()
            .SelectMany(column => Enumerable.Range(0, column.Item.Width).Select(at => (column.Index, At: at)))
            .ToList();
        var numbers = elements.Where(element => rows.Columns[element.Index].Values is float[] or double[]).ToList();
        foreach (var (column, at) in numbers.Take(NumbersMax))
        {
            yield return (probes, row) => Miss(probes.Columns[column], row, at);
        }
        if (numbers.Count > 1)
        {
            yield return (probes, row) => numbers.ForEach(number => Miss(probes.Columns[number.Index], row, number.At));
        }
        foreach (var (column, at) in elements.Where(element => rows.Columns[element.Index].Values is string[]))
        {
            yield return (probes, row) => Put(probes.Columns[column], row, at, Unknown);
            yield return (probes, row) => Put(probes.Columns[column], row, at, "");
        }
    }

    private static void Miss(FeedColumn column, int row, int at)
    {
        var place = (row * column.Width) + at;
        if (column.Values is float[] single)
        {
            single[place] = float.NaN;
        }
        else
        {
            ((double[])column.Values)[place] = double.NaN;
        }
    }

    private static void Put(FeedColumn column, int row, int at, string text) =>
        ((string[])column.Values)[(row * column.Width) + at] = text;
}
