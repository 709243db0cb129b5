using System.Globalization;

namespace Rondo.Data;

/// <summary>What drove a column's drift, in words.</summary>
internal static class DriftWords
{
    public const string Missing = "missing values";
    private const int NameMax = 40;

    /// <summary>The bin whose share changed most, of equals one that rose, and the first of these; null where none did.</summary>
    public static string? Driver(long[] reference, long[] current, Func<int, string> name)
    {
        double n = reference.Sum();
        double m = current.Sum();
        if (n == 0 || m == 0)
        {
            return null;
        }

        // To twelve digits: of two bins one loses what the other wins.
        var most = Enumerable
            .Range(0, reference.Length)
            .OrderByDescending(i => Math.Round(Math.Abs((reference[i] / n) - (current[i] / m)), 12))
            .ThenByDescending(i => current[i] / m > reference[i] / n)
            .First();
        var (from, to) = (reference[most] / n, current[most] / m);
        return from == to
            ? null
            : $"{name(most)} {(to > from ? "rose" : "fell")} from {Percent(from, to)} to {Percent(to, from)}";
    }

    /// <summary>A bin of numbers; the last is what has no place among them.</summary>
    public static string Bin(NumberProfile numbers, int bin)
    {
        var edges = numbers.Edges;
        if (bin > edges.Count)
        {
            return "missing or not finite values";
        }

        // A bin from the number just below a value to the value holds that value alone.
        if (bin > 0 && bin < edges.Count && Math.BitIncrement(edges[bin - 1]) == edges[bin])
        {
            return "the value " + Text(edges[bin]);
        }

        return bin == 0 ? $"values up to {Text(edges[0])}"
            : bin == edges.Count ? $"values above {Text(edges[^1])}"
            : $"values above {Text(edges[bin - 1])} up to {Text(edges[bin])}";
    }

    /// <summary>A category; the two after them are all others, and what is missing.</summary>
    public static string Category(CategoryProfile categories, int bin) =>
        bin < categories.Values.Count ? Quoted(categories.Values[bin].Value)
        : bin == categories.Values.Count
            ? categories.Others > 0 ? "all other values"
                : "new values"
        : Missing;

    private static string Quoted(string value) => value.Length <= NameMax ? $"'{value}'" : $"'{value[..NameMax]}…'";

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    // As many digits as tell the two apart.
    private static string Percent(double share, double other)
    {
        var digits = 0;
        while (digits < 6 && Round(share, digits) == Round(other, digits))
        {
            digits++;
        }

        return Round(share, Math.Max(1, digits)) + " %";
    }

    private static string Round(double share, int digits) =>
        (100 * share).ToString("F" + digits, CultureInfo.InvariantCulture);
}
