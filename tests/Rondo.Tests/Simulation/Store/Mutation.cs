namespace Rondo.Tests.Simulation.Store;

/// <summary>A mistake in one of the product's statements: where it has <paramref name="Text"/>, it says <paramref name="Instead"/>.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Statement">What only this statement has in its text.</param>
/// <param name="Text">What is replaced.</param>
/// <param name="Instead">By what.</param>
internal sealed record Mutation(string Name, string Statement, string Text = "", string Instead = "")
{
    /// <summary>Whether what was written up to this statement is committed before the rest.</summary>
    public bool Splits { get; init; }

    private int _planted;

    /// <summary>Whether there was a statement to change: else the mistake must be planted anew.</summary>
    public bool IsPlanted => _planted > 0;

    /// <summary>Whether bytes are stored only a while after the product was told that they are.</summary>
    public bool LateBytes { get; init; }

    /// <summary>Bytes are stored late.</summary>
    public void Plant() => Interlocked.Increment(ref _planted);

    /// <summary>Whether the transaction is to be committed after this statement, and to go on in another one.</summary>
    public bool IsSplitAfter(string sql)
    {
        var splits = Splits && sql.Contains(Statement, StringComparison.Ordinal);
        Interlocked.Add(ref _planted, splits ? 1 : 0);
        return splits;
    }

    public string Rewrite(string sql)
    {
        if (Splits || LateBytes)
        {
            return sql;
        }

        if (!sql.Contains(Statement, StringComparison.Ordinal) || !sql.Contains(Text, StringComparison.Ordinal))
        {
            return sql;
        }

        Interlocked.Increment(ref _planted);
        return sql.Replace(Text, Instead, StringComparison.Ordinal);
    }

    public override string ToString() => Name;
}
