namespace Rondo.Data;

/// <summary>In which way a part tells of another.</summary>
public enum LeakKind
{
    /// <summary>Rows are equal in every column.</summary>
    Row,

    /// <summary>Rows are of the same group.</summary>
    Group,

    /// <summary>Rows are not later than those of a part before.</summary>
    Time,
}

/// <summary>Rows of a part that another part tells of.</summary>
/// <param name="Kind">In which way.</param>
/// <param name="Column">The group or the time; null for whole rows.</param>
/// <param name="First">The part that is named first.</param>
/// <param name="Second">The other part.</param>
/// <param name="Rows">How many rows of <paramref name="Second"/> it concerns.</param>
/// <param name="FirstRow">The first of them (0-based), in the table that was split.</param>
public sealed record SplitLeak(
    LeakKind Kind,
    string? Column,
    string First,
    string Second,
    long Rows = 0,
    int FirstRow = 0
)
{
    /// <summary>A sentence about it.</summary>
    public string Message =>
        Kind switch
        {
            LeakKind.Row =>
                $"{Rows} rows of '{Second}' are equal to a row of '{First}', the first is row {FirstRow + 1}.",
            LeakKind.Group =>
                $"{Rows} rows of '{Second}' have a '{Column}' that is in '{First}' too, the first is row {FirstRow + 1}.",
            _ =>
                $"{Rows} rows of '{Second}' are by '{Column}' not later than all of '{First}', the first is row {FirstRow + 1}.",
        };
}
