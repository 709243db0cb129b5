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
);

/// <summary>How many rows a part has.</summary>
public sealed record SplitCount(string Part, long Rows);

/// <summary>A part by its name, and its rows (0-based, ascending) in the table that was split.</summary>
public sealed record SplitPart(string Name, IReadOnlyList<int> Rows);
