using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Rondo.Tests.Simulation.Store;

/// <summary>A statement of <see cref="SimulatedConnection"/>.</summary>
internal sealed class SimulatedCommand(SimulatedConnection connection) : DbCommand
{
    // Only a list of arguments: it never runs itself.
    private readonly SqliteCommand _arguments = new();

    [AllowNull]
    public override string CommandText { get; set; } = "";

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => connection;
        set => throw new NotSupportedException();
    }

    protected override DbParameterCollection DbParameterCollection => _arguments.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    public override void Cancel() { }

    public override void Prepare() { }

    public override int ExecuteNonQuery() => Ready().ExecuteNonQuery();

    public override object? ExecuteScalar() => Ready().ExecuteScalar();

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Ready().ExecuteReader();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Left to the collector, thousands of them a second would cost more than the statements.
            _arguments.Dispose();
        }

        base.Dispose(disposing);
    }

    private SqliteCommand Ready()
    {
        connection.BeforeStatement(CommandText);
        var prepared = connection.Store.Prepared(CommandText);
        foreach (SqliteParameter argument in _arguments.Parameters)
        {
            prepared.Parameters.Add(argument);
        }

        return prepared;
    }
}
