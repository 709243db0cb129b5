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

    public override int ExecuteNonQuery()
    {
        var t = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            return Ready().ExecuteNonQuery();
        }
        finally
        {
            Prof.Add("sql", t);
        }
    }

    public override object? ExecuteScalar()
    {
        var t = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            return Ready().ExecuteScalar();
        }
        finally
        {
            Prof.Add("sql", t);
        }
    }

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        var t = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            return Ready().ExecuteReader();
        }
        finally
        {
            Prof.Add("sql", t);
        }
    }

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
        connection.BeforeStatement();
        var prepared = connection.Store.Prepared(CommandText);
        foreach (SqliteParameter argument in _arguments.Parameters)
        {
            prepared.Parameters.Add(argument);
        }

        return prepared;
    }
}

internal static class Prof
{
    static readonly System.Collections.Concurrent.ConcurrentDictionary<string, (long n, long t)> D = new();

    public static void Add(string k, long t0)
    {
        var d = System.Diagnostics.Stopwatch.GetTimestamp() - t0;
        D.AddOrUpdate(k, (1, d), (_, o) => (o.n + 1, o.t + d));
    }

    public static void Print(int seeds)
    {
        foreach (var (k, v) in D)
            Console.WriteLine(
                $"{k}: {v.n / (double)seeds:0.0}/seed {v.t * 1000.0 / System.Diagnostics.Stopwatch.Frequency / seeds:0.00} ms/seed"
            );
    }
}
