using System.Text.RegularExpressions;

namespace Rondo.Kernel.Db;

/// <summary>The few words in which the two databases differ. Everything else is written in the subset they share.</summary>
public sealed partial class Dialect
{
    // Only simulations have one of their own: many servers, on the words of the embedded database.
    internal Dialect(string name) => Name = name;

    /// <summary>The embedded database: one writer at a time, so that a lock has nothing to do.</summary>
    public static Dialect Sqlite { get; } = new("sqlite");

    /// <summary>Many writers at a time, each of which sees what the others have committed.</summary>
    public static Dialect Postgres { get; } =
        new("postgres")
        {
            SkipLocked = "for update skip locked",
            ForShare = "for share",
            Lock = "select pg_advisory_xact_lock(hashtextextended(@name, 0))",
            Text = "text collate \"C\"",
        };

    public string Name { get; }

    /// <summary>Ends a select that takes rows which no other transaction is working on.</summary>
    public string SkipLocked { get; private init; } = "";

    /// <summary>Ends a select whose rows must not change before this transaction has ended.</summary>
    public string ForShare { get; private init; } = "";

    /// <summary>The statement that takes the lock <c>@name</c> until the transaction ends; null where there is one writer anyway.</summary>
    internal string? Lock { get; private init; }

    // Ids and names are compared by their bytes, whatever language the database was created for.
    private string Text { get; init; } = "text";

    /// <summary>A script of tables as this database wants it.</summary>
    internal string Script(string sql) => Text == "text" ? sql : TextColumn().Replace(sql, Text);

    // The type of a column: after the column's name, at the beginning of a line or of a list, or where a column is added.
    [GeneratedRegex(
        @"(?<=(?:^|,|\()\s*\w+\s+|\badd\s+(?:column\s+)?\w+\s+)text\b",
        RegexOptions.Multiline | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TextColumn();
}
