namespace Rondo.Providers.Postgres;

/// <summary>Limits of one server's connections.</summary>
public sealed record PostgresOptions
{
    /// <summary>The most connections that write, unless the address says otherwise (<c>Maximum Pool Size</c>).</summary>
    public int WritersMax { get; init; } = 20;

    /// <summary>The most connections that read, unless the address says otherwise.</summary>
    public int ReadersMax { get; init; } = 20;

    /// <summary>The most statements that a connection keeps prepared, unless the address says otherwise (<c>Max Auto Prepare</c>).</summary>
    public int StatementsKeptMax { get; init; } = 200;

    /// <summary>
    /// How long a transaction may rest before the database ends it: a server that was stopped in the middle of one must not hold
    /// its locks against all others.
    /// </summary>
    public TimeSpan RestInTransactionMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long two writers wait for each other before the database sends one back, where the user may set it; else the
    /// database's own, usually a second.
    /// </summary>
    public TimeSpan DeadlockAfter { get; init; } = TimeSpan.FromMilliseconds(100);
}
