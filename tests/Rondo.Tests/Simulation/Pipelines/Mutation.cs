namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>A mistake in one of the product's statements: where it has <paramref name="Text"/>, it says <paramref name="Instead"/>.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Statement">What only this statement has in its text.</param>
/// <param name="Text">What is replaced.</param>
/// <param name="Instead">By what.</param>
internal sealed record Mutation(string Name, string Statement, string Text, string Instead)
{
    private int _planted;

    /// <summary>Whether there was a statement to change: else the mistake must be planted anew.</summary>
    public bool IsPlanted => _planted > 0;

    public string Rewrite(string sql)
    {
        if (!sql.Contains(Statement, StringComparison.Ordinal) || !sql.Contains(Text, StringComparison.Ordinal))
        {
            return sql;
        }

        Interlocked.Increment(ref _planted);
        return sql.Replace(Text, Instead, StringComparison.Ordinal);
    }

    public override string ToString() => Name;
}
