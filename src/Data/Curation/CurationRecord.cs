namespace Rondo.Data;

/// <summary>What a curation did. The rows that went in are those that came out and those that the steps left out.</summary>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Digest">The SHA-256 of the recipe, as lower-case hex.</param>
/// <param name="RowsIn">How many rows were read.</param>
/// <param name="RowsOut">How many stayed.</param>
/// <param name="Steps">What each step left out, in the order of the recipe.</param>
/// <param name="HeldBack">How many lines could not be read as rows; they are in no other count.</param>
public sealed record CurationRecord(
    string Recipe,
    string Digest,
    long RowsIn,
    long RowsOut,
    IReadOnlyList<CurationRemoval> Steps,
    long HeldBack
)
{
    /// <summary>
    /// The counts of two curations by the same recipe, added. Each part was curated by itself: equal rows in both parts stayed twice, and a
    /// group was capped in each.
    /// </summary>
    /// <exception cref="RondoException">The recipes are not the same.</exception>
    public CurationRecord Merge(CurationRecord other) =>
        Digest != other.Digest
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The one record is of recipe {Recipe} ({Digest}), the other of {other.Recipe} ({other.Digest}).",
                "Merge records of one recipe only."
            )
            : this with
            {
                RowsIn = RowsIn + other.RowsIn,
                RowsOut = RowsOut + other.RowsOut,
                Steps = [.. Steps.Zip(other.Steps, (a, b) => a with { Removed = a.Removed + b.Removed })],
                HeldBack = HeldBack + other.HeldBack,
            };
}

/// <summary>What one step left out.</summary>
/// <param name="Step">The step in a few words.</param>
/// <param name="Reason">Why.</param>
/// <param name="Removed">How many rows.</param>
public sealed record CurationRemoval(string Step, string Reason, long Removed);
