namespace Rondo.Data;

/// <summary>The rows of a source that a recipe leaves in.</summary>
public sealed class CuratedSource : TableSource
{
    private readonly CurationRecipe recipe;
    private readonly TableSource source;
    private CurationRecord? record;

    internal CuratedSource(CurationRecipe recipe, TableSource source)
        : base(source.Name)
    {
        this.recipe = recipe;
        this.source = source;
    }

    /// <inheritdoc/>
    public override Quarantine Quarantine => source.Quarantine;

    /// <summary>What was left out and why.</summary>
    /// <exception cref="RondoException">The rows were not read to their end yet.</exception>
    public CurationRecord Record =>
        record
        ?? throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"The rows of {Name} were not read to their end: nobody knows yet what is left out.",
            "Read them first."
        );

    /// <inheritdoc/>
    public override IEnumerable<Table> Read()
    {
        record = null;
        var runs = recipe.Steps.Select(step => step.Begin()).ToArray();
        for (var i = 0; i < runs.Length; i++)
        {
            if (!runs[i].LooksFirst)
            {
                continue;
            }

            foreach (var part in source.Read())
            {
                var left = Through(part, runs, i, counts: null);
                In(i, () => runs[i].Look(left));
            }

            foreach (var run in runs.AsSpan(0, i))
            {
                run.Restart();
            }
        }

        var counts = new long[runs.Length];
        var (rowsIn, rowsOut) = (0L, 0L);
        foreach (var part in source.Read())
        {
            var left = Through(part, runs, runs.Length, counts);
            rowsIn += part.RowCount;
            rowsOut += left.RowCount;
            yield return left;
        }

        record = new CurationRecord(
            recipe.Name,
            recipe.Digest,
            rowsIn,
            rowsOut,
            [.. recipe.Steps.Select((step, i) => new CurationRemoval(step.Words, step.Reason, counts[i]))],
            source.Quarantine.Count
        );
    }

    // The rows of a part that the first steps leave in.
    private Table Through(Table part, StepRun[] runs, int steps, long[]? counts)
    {
        for (var i = 0; i < steps; i++)
        {
            var before = part;
            var keeps = In(i, () => runs[i].Keeps(before));
            var kept = Enumerable.Range(0, before.RowCount).Where(row => keeps[row]).ToArray();
            part = kept.Length == before.RowCount ? before : before.Select(kept);
            if (counts is not null)
            {
                counts[i] += before.RowCount - kept.Length;
            }
        }

        return part;
    }

    private void In(int step, Action act) =>
        In(
            step,
            () =>
            {
                act();
                return true;
            }
        );

    private T In<T>(int step, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (RondoException e)
        {
            throw new RondoException(
                e.Code,
                FormattableString.Invariant(
                    $"Step {step + 1} ({recipe.Steps[step].Words}) of recipe '{recipe.Name}': {e.What}"
                ),
                e.Mend,
                e
            );
        }
    }
}
