namespace Rondo.Conformance.Databases;

/// <summary>The kits on PostgreSQL, with two servers.</summary>
public static class PostgresConformance
{
    public sealed class Transactions() : TransactionConformance(TestedDatabase.PostgresAsync);

    public sealed class Sql() : SqlConformance(TestedDatabase.PostgresAsync);

    public sealed class Rows() : RowConformance(TestedDatabase.PostgresAsync);

    public sealed class Log() : LogConformance(TestedDatabase.PostgresAsync);

    public sealed class Tables() : MigrationConformance(TestedDatabase.PostgresAsync);
}
