namespace Rondo.Data;

/// <summary>How rows are shared out among parts.</summary>
public enum SplitMethod
{
    /// <summary>Each row by itself.</summary>
    Random,

    /// <summary>Each row by itself, with the same shares of every class.</summary>
    Stratified,

    /// <summary>Earlier rows before later ones.</summary>
    Time,

    /// <summary>All rows of a group together.</summary>
    Group,
}

/// <summary>How a split was made: enough to make it again from the same rows (<see cref="Splits.Again"/>).</summary>
/// <param name="Method">How rows were shared out.</param>
/// <param name="Column">The class, time or group; null for <see cref="SplitMethod.Random"/>.</param>
/// <param name="Shares">What was asked for; empty where boundaries were given.</param>
/// <param name="Boundaries">The moments at which parts begin, but the first; empty where shares were given.</param>
/// <param name="Seed">What the assignment follows from; null for <see cref="SplitMethod.Time"/>.</param>
/// <param name="Rows">How many rows there were.</param>
/// <param name="Counts">How many rows each part has.</param>
public sealed record SplitRecipe(
    SplitMethod Method,
    string? Column,
    IReadOnlyList<SplitShare> Shares,
    IReadOnlyList<DateTimeOffset> Boundaries,
    long? Seed,
    long Rows,
    IReadOnlyList<SplitCount> Counts
)
{
    /// <summary>A split that is yet to be made as <see cref="Splits.Random"/> makes it.</summary>
    /// <exception cref="RondoException">The shares do not sum to 1.</exception>
    public static SplitRecipe Random(IReadOnlyList<SplitShare> shares, long seed) =>
        Of(SplitMethod.Random, null, shares, seed);

    /// <summary>As <see cref="Splits.Stratified"/> makes it: the same shares of each class of <paramref name="column"/>.</summary>
    /// <inheritdoc cref="Random"/>
    public static SplitRecipe Stratified(string column, IReadOnlyList<SplitShare> shares, long seed) =>
        Of(SplitMethod.Stratified, column, shares, seed);

    /// <summary>As <see cref="Splits.ByGroup"/> makes it: all rows of a value of <paramref name="column"/> together.</summary>
    /// <inheritdoc cref="Random"/>
    public static SplitRecipe ByGroup(string column, IReadOnlyList<SplitShare> shares, long seed) =>
        Of(SplitMethod.Group, column, shares, seed);

    /// <summary>As <see cref="Splits.ByTime(Table, string, IReadOnlyList{SplitShare})"/> makes it: earlier rows in the parts named first.</summary>
    /// <inheritdoc cref="Random"/>
    public static SplitRecipe ByTime(string column, IReadOnlyList<SplitShare> shares) =>
        Of(SplitMethod.Time, column, shares, null);

    /// <summary>Parts that begin at moments, under the usual names: one boundary for train and test, two with validation between them.</summary>
    /// <exception cref="RondoException">There are not one or two boundaries, or they do not ascend.</exception>
    public static SplitRecipe ByTime(string column, IReadOnlyList<DateTimeOffset> boundaries)
    {
        _ = SplitShares.UsualNames(boundaries.Count + 1);
        if (boundaries.Zip(boundaries.Skip(1)).Any(b => b.First >= b.Second))
        {
            throw Splits.Invalid("The boundaries do not ascend.", "Give each later than the one before.");
        }

        return new(SplitMethod.Time, column, [], [.. boundaries], null, 0, []);
    }

    private static SplitRecipe Of(SplitMethod method, string? column, IReadOnlyList<SplitShare> shares, long? seed)
    {
        SplitShares.Check(shares);
        return new(method, column, [.. shares], [], seed, 0, []);
    }
}

/// <summary>How many rows a part has.</summary>
public sealed record SplitCount(string Part, long Rows);

/// <summary>A part by its name, and its rows (0-based, ascending) in the table that was split.</summary>
public sealed record SplitPart(string Name, IReadOnlyList<int> Rows);
