using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>A database of MLflow, read on one snapshot.</summary>
internal sealed class MlflowSource : ITransferSource
{
    private const int ExperimentsMax = 1_000_000;
    private const int Busy = 5;
    private const int Locked = 6;

    private readonly DbConnection _connection;
    private readonly DbTransaction _transaction;
    private readonly MlflowTables _tables;
    private readonly MlflowOwners _owners;
    private readonly List<string> _notes = [];

    // Names by id, of those that are brought.
    private readonly Dictionary<long, string> _experiments = [];
    private bool _partly;

    private MlflowSource(DbConnection connection, DbTransaction transaction, MlflowFiles files)
    {
        _connection = connection;
        _transaction = transaction;
        _tables = new MlflowTables(connection, transaction);
        _owners = new MlflowOwners(files);
    }

    public IReadOnlyList<string> Notes => _notes;

    public static async Task<MlflowSource> OpenAsync(
        DbConnection connection,
        MlflowFiles files,
        IReadOnlyList<string> experiments,
        CancellationToken cancellation
    )
    {
        MlflowSource? source = null;
        try
        {
            await connection.OpenAsync(cancellation);
            source = new MlflowSource(connection, await BeginAsync(connection, cancellation), files);
            await source._tables.CheckAsync(cancellation);
            await source.ChooseAsync(experiments, cancellation);
            var leftOut = new MlflowLeftOut(source._tables, source._experiments, source._partly);
            source._notes.AddRange(await leftOut.NotesAsync(cancellation));
            return source;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw e is DbException or TimeoutException
                ? new RondoException(
                    ErrorCode.InvalidArgument,
                    $"The database cannot be read: {e.Message}",
                    e is SqliteException { SqliteErrorCode: Busy or Locked }
                        ? "Another program keeps it to itself: stop MLflow's server, or import a copy (sqlite3 mlflow.db \".backup copy.db\")."
                        : "Name the database of an MLflow server (its --backend-store-uri) that you may read.",
                    e
                )
                : e;
        }
    }

    public async IAsyncEnumerable<TransferRecord> TrackingAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var record in new MlflowExperiments(_tables, _experiments).ReadAsync(cancellation))
        {
            yield return record;
        }

        await foreach (var record in new MlflowRuns(_tables, _experiments).ReadAsync(cancellation))
        {
            _owners.Remember(record);
            yield return record;
        }

        await foreach (var record in new MlflowLoggedModels(_tables, _experiments).ReadAsync(cancellation))
        {
            _owners.Remember(record);
            yield return record;
        }
    }

    public IAsyncEnumerable<TransferRecord> RegistryAsync(TransferPlaces places, CancellationToken cancellation) =>
        new MlflowRegistry(_tables, _owners.Versions, _partly).ReadAsync(places, cancellation);

    public IEnumerable<TransferFile> Files(TransferPlaces places) => _owners.Files(places, _notes);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static async Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellation)
    {
        if (connection is SqliteConnection sqlite)
        {
            return sqlite.BeginTransaction(deferred: true);
        }

        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "set transaction read only";
        await command.ExecuteNonQueryAsync(cancellation);
        return transaction;
    }

    private async Task ChooseAsync(IReadOnlyList<string> asked, CancellationToken cancellation)
    {
        _partly = asked.Count > 0;
        var elsewhere = 0;
        await foreach (
            var row in _tables.RowsAsync(
                $"select experiment_id, name, {_tables.Optional("experiments", "workspace")} from experiments",
                [],
                cancellation
            )
        )
        {
            if (row.OrNull(2) is not (null or "" or "default"))
            {
                elsewhere++;
            }
            else if (
                (!_partly || asked.Contains(row.Text(1), StringComparer.Ordinal))
                && _experiments.Count < ExperimentsMax
            )
            {
                _experiments[row.Number(0)] = row.Text(1);
            }
        }

        MlflowExperiments.RequireAll(asked, _experiments.Values);
        if (elsewhere > 0)
        {
            var told = MlflowLeftOut.Counted(elsewhere, "experiment", "experiments");
            _notes.Add($"{told} of other workspaces than 'default': left out.");
        }

        if (_tables.Lacking.Count > 0)
        {
            _notes.Add($"This version of MLflow has no {string.Join(", ", _tables.Lacking)}.");
        }
    }
}
