using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>
/// A connection that does not show which driver it is. Dapper hands a list to this driver as one array, which
/// <c>in @list</c> is no SQL for; behind this class it writes the list out, as it does for every other database.
/// </summary>
internal sealed class PlainConnection(NpgsqlConnection inner) : DbConnection
{
    [AllowNull]
    public override string ConnectionString
    {
        // A name for Dapper's cache of statements; the driver's own would be taken apart at each statement.
        get => "postgres";
        set => throw new NotSupportedException();
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override bool CanCreateBatch => true;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() => inner.Close();

    public override void Open() => inner.Open();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => new PlainCommand(inner.CreateCommand(), this);

    protected override DbBatch CreateDbBatch() => inner.CreateBatch();
}
