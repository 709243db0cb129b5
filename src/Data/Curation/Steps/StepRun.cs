namespace Rondo.Data;

/// <summary>A step on its way through the rows.</summary>
internal abstract class StepRun
{
    /// <summary>Keys, or numbers of groups, that are remembered at most.</summary>
    protected const int RememberedMax = 50_000_000;

    /// <summary>Whether it must look at all rows before it knows which stay.</summary>
    public virtual bool LooksFirst => false;

    /// <summary>Looks at rows, and keeps none yet.</summary>
    public virtual void Look(Table part) { }

    /// <summary>Which rows stay.</summary>
    public abstract bool[] Keeps(Table part);

    /// <summary>The rows come once more from their beginning.</summary>
    public virtual void Restart() { }

    protected static ulong[] Hashes(Table part, IReadOnlyList<string>? key) =>
        RowHashes.Of(key is null ? part : part.Pick(key));

    protected static void RequireRoom(long remembered)
    {
        if (remembered > RememberedMax)
        {
            throw new RondoException(
                ErrorCode.ResourceExhausted,
                $"there are more than {RememberedMax} different keys or rows of groups to remember.",
                "Filter or sample first, or curate the files one by one."
            );
        }
    }
}
