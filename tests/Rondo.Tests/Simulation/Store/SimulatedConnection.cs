using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Rondo.Tests.Simulation.Store;

/// <summary>The statements of one transaction, counted, so that something can go wrong between any two of them.</summary>
internal sealed class SimulatedConnection(SimulatedStore store, Action<int>? beforeStatement) : DbConnection
{
    private int _statements;
    private bool _splits;

    [AllowNull]
    public override string ConnectionString
    {
        // One name: what is known about a statement is known in every simulation.
        get => "simulated";
        set => throw new NotSupportedException();
    }

    public override string Database => "simulated";

    public override string DataSource => "simulated";

    public override string ServerVersion => "1";

    public override ConnectionState State => ConnectionState.Open;

    public SimulatedStore Store => store;

    public void BeforeStatement(string sql)
    {
        if (beforeStatement is null)
        {
            return;
        }

        if (_splits)
        {
            store.Commit();
            store.BeginTransaction();
        }

        beforeStatement(++_statements);
        _splits = store.Mutation?.IsSplitAfter(sql) == true;
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() { }

    public override void Open() { }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new SimulatedCommand(this);
}

/// <summary>The connection broke, or a disk is full: whatever a driver throws in the middle of a transaction.</summary>
internal sealed class StoreException(string message) : DbException(message);
