using System.Globalization;
using System.Text.RegularExpressions;

namespace Rondo.Kernel.Db;

/// <summary>The few words in which the two databases differ. Everything else is written in the subset they share.</summary>
public sealed partial class Dialect
{
    private const string RowsByKey = " without rowid";
    private const string InList = "{0} in (select value from json_each({1}))";
    private const string OnEither = "join {0} {1} on ({2}) or ({3})";
    private const string OnOne = "cross join {0} {1} on {2}";

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
            ForUpdate = "for update",
            Lock = "select pg_advisory_xact_lock(hashtextextended(@name, 0))",
            Text = "text collate \"C\"",
            ByKey = "",
            Among = "{0} = any(array(select json_array_elements_text({1}::json)))",
            RowAddress = "ctid",
            Texts = "json_array_elements_text({0}::json) {1}(value)",
            Elements = "json_array_elements({0}::json) {1}(value)",
            Next = "select nextval('{0}')",
            Sequence = "create sequence if not exists ${name}; select setval('${name}', 1 + (${last}), false);",
            AmongNumbers = "{0} = any(array(select json_array_elements_text({1}::json)::bigint))",
            ByEither =
                "cross join lateral (select {1}.* from {0} {1} where {2} union all select {1}.* from {0} {1} where {3}) {1}",
            One = "cross join lateral (select {1}.* from {0} {1} where {2} limit 1) {1}",
        };

    public string Name { get; }

    /// <summary>Ends a select that takes rows which no other transaction is working on.</summary>
    public string SkipLocked { get; private init; } = "";

    /// <summary>Ends a select whose rows must not change before this transaction has ended.</summary>
    public string ForShare { get; private init; } = "";

    /// <summary>
    /// Ends a select whose rows this transaction will change. Two that share a row and then both change it would wait for each other.
    /// </summary>
    public string ForUpdate { get; private init; } = "";

    /// <summary>
    /// Where a row of a table without a key of its own stands, for a join within one statement: it may be elsewhere in the next.
    /// </summary>
    public string RowAddress { get; private init; } = "rowid";

    /// <summary>The texts of an argument, itself a list as JSON, as rows with the one column <c>value</c>.</summary>
    public string TextsOf(string argument, string alias) =>
        string.Format(CultureInfo.InvariantCulture, Texts, argument, alias);

    /// <summary>
    /// The elements of an argument, itself a list of lists as JSON, as rows with the one column <c>value</c>: <c>value ->> 0</c> is the first of a row.
    /// </summary>
    public string ElementsOf(string argument, string alias) =>
        string.Format(CultureInfo.InvariantCulture, Elements, argument, alias);

    /// <summary>
    /// The condition that a column of texts is among those of an argument, itself a list as JSON. Unlike a list that is written out, it
    /// is the same statement for any number of them.
    /// </summary>
    public string IsAmong(string column, string argument) =>
        string.Format(CultureInfo.InvariantCulture, Among, column, argument);

    /// <summary>The condition that a column of whole numbers is among those of an argument, itself a list as JSON.</summary>
    public string IsAmongNumbers(string column, string argument) =>
        string.Format(CultureInfo.InvariantCulture, AmongNumbers, column, argument);

    /// <summary>
    /// Joins the row of a table that meets a condition, which no more than one does, to each row in front of it and in their order. PostgreSQL, where it does not
    /// know a table yet, compares each row with each.
    /// </summary>
    public string JoinOne(string table, string alias, string condition) =>
        string.Format(CultureInfo.InvariantCulture, One, table, alias, condition);

    /// <summary>
    /// Joins the rows of a table that meet one condition or another, never both, each with an index of its own. PostgreSQL reads the whole table
    /// for each row that it joins to, where its statistics let it expect much from an <c>or</c>.
    /// </summary>
    public string JoinByEither(string table, string alias, string one, string other) =>
        string.Format(CultureInfo.InvariantCulture, ByEither, table, alias, one, other);

    /// <summary>
    /// The statement that answers the next number of a sequence. Nobody else gets it, unless this transaction does not come to its end; nobody waits
    /// for the end of another's to have one. A script makes a sequence by <c>create sequence NAME after (QUERY);</c>.
    /// </summary>
    public string NextOf(string sequence) => string.Format(CultureInfo.InvariantCulture, Next, sequence);

    /// <summary>The statement that takes the lock <c>@name</c> until the transaction ends; null where there is one writer anyway.</summary>
    internal string? Lock { get; private init; }

    // Ids and names are compared by their bytes, whatever language the database was created for.
    private string Text { get; init; } = "text";

    // Ends a table that is kept in the order of its key, where a database otherwise keeps the rows and the keys apart.
    private string ByKey { get; init; } = RowsByKey;

    private string Among { get; init; } = InList;

    private string AmongNumbers { get; init; } = InList;

    private string Texts { get; init; } = "json_each({0}) {1}";

    private string Elements { get; init; } = "json_each({0}) {1}";

    private string ByEither { get; init; } = OnEither;
    private string One { get; init; } = OnOne;

    private string Next { get; init; } = "update {0} set last = last + 1 returning last";

    // There is one writer at a time, and a row is all that it needs.
    private string Sequence { get; init; } =
        "create table ${name} (last bigint not null); insert into ${name} (last) select (${last});";

    /// <summary>A script of tables as this database wants it.</summary>
    internal string Script(string sql)
    {
        sql = SequenceMade().Replace(sql, Sequence);
        return Text == "text"
            ? sql
            : TextColumn().Replace(sql, Text).Replace(RowsByKey, ByKey, StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"\bcreate sequence (?<name>\w+) after \((?<last>.*)\);",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SequenceMade();

    // The type of a column: after the column's name, at the beginning of a line or of a list, or where a column is added.
    [GeneratedRegex(
        @"(?<=(?:^|,|\()\s*\w+\s+|\badd\s+(?:column\s+)?\w+\s+)text\b",
        RegexOptions.Multiline | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TextColumn();
}
