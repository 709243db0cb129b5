namespace Rondo.Data;

/// <summary>The share of the rows (0 to 1) that a part is to have.</summary>
public sealed record SplitShare(string Part, double Share);

/// <summary>Shares under the usual names.</summary>
public static class SplitShares
{
    private const double SumError = 1e-9;

    /// <summary>The part to learn from.</summary>
    public const string Train = "train";

    /// <summary>The part to choose by.</summary>
    public const string Validation = "validation";

    /// <summary>The part to judge by.</summary>
    public const string Test = "test";

    /// <summary>Training and test.</summary>
    public static IReadOnlyList<SplitShare> Of(double train, double test) => [new(Train, train), new(Test, test)];

    /// <summary>Training, validation and test.</summary>
    public static IReadOnlyList<SplitShare> Of(double train, double validation, double test) =>
        [new(Train, train), new(Validation, validation), new(Test, test)];

    internal static IReadOnlyList<string> UsualNames(int parts) =>
        parts switch
        {
            2 => [Train, Test],
            3 => [Train, Validation, Test],
            _ => throw Splits.Invalid($"{parts} parts have no usual names.", "Give a name to each part."),
        };

    internal static void Check(IReadOnlyList<SplitShare> shares)
    {
        CheckNames([.. shares.Select(share => share.Part)]);
        if (shares.FirstOrDefault(share => share.Share is not (> 0 and < 1)) is { } wrong)
        {
            throw Splits.Invalid(
                $"The share of part '{wrong.Part}' is {RowKeys.TextOf(wrong.Share)}.",
                "A share lies between 0 and 1, both excluded."
            );
        }

        var sum = shares.Sum(share => share.Share);
        if (Math.Abs(sum - 1) > SumError)
        {
            throw Splits.Invalid(
                $"The shares {string.Join(" + ", shares.Select(share => RowKeys.TextOf(share.Share)))} "
                    + $"sum to {RowKeys.TextOf(sum)}.",
                "Give shares that sum to 1."
            );
        }
    }

    internal static void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count < 2)
        {
            throw Splits.Invalid("A split has at least two parts.", "Name two parts or more.");
        }

        if (names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            throw Splits.Invalid(
                $"The parts are named '{string.Join("', '", names)}'.",
                "Give each part a name of its own."
            );
        }
    }

    /// <summary>
    /// Shares rows out: each part gets its share rounded down, and those rows that are left go to the parts that lack most over all that
    /// was shared out before (<paramref name="lack"/>, which is carried on).
    /// </summary>
    internal static int[] Apportion(IReadOnlyList<SplitShare> shares, int rows, double[] lack)
    {
        var sum = shares.Sum(share => share.Share);
        var exact = shares.Select(share => share.Share / sum * rows).ToArray();
        // 0.7 × 10 may come out a little below 7.
        var counts = exact.Select(share => (int)Math.Floor(share + SumError)).ToArray();
        var due = Enumerable.Range(0, counts.Length).OrderByDescending(part => lack[part] + exact[part] - counts[part]);
        var fractional = due.Where(part => exact[part] - counts[part] > SumError).ToList();
        var left = rows - counts.Sum();
        for (var i = 0; i < left; i++)
        {
            counts[fractional[i % fractional.Count]]++;
        }

        for (var part = 0; part < counts.Length; part++)
        {
            lack[part] += exact[part] - counts[part];
        }

        return counts;
    }
}
