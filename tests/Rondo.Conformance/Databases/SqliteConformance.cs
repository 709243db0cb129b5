namespace Rondo.Conformance.Databases;

/// <summary>The kits on the embedded database.</summary>
public static class SqliteConformance
{
    public sealed class Transactions() : TransactionConformance(TestedDatabase.SqliteAsync);

    public sealed class Sql() : SqlConformance(TestedDatabase.SqliteAsync);

    public sealed class Rows() : RowConformance(TestedDatabase.SqliteAsync);

    public sealed class Log() : LogConformance(TestedDatabase.SqliteAsync);

    public sealed class Tables() : MigrationConformance(TestedDatabase.SqliteAsync);
}
