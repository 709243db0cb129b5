namespace Rondo.Kernel.Db;

/// <summary>The few words in which the two databases differ. Everything else is written in the subset they share.</summary>
public sealed record Dialect(string Name, string SkipLocked)
{
    public static Dialect Sqlite { get; } = new("sqlite", "");

    public static Dialect Postgres { get; } = new("postgres", "for update skip locked");
}
