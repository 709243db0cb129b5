using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>A database of MLflow, read on one snapshot.</summary>
internal sealed class MlflowSource : ITransferSource
{
    private const int Busy = 5;
    private const int Locked = 6;

    private readonly DbConnection _connection;
    private readonly DbTransaction _transaction;
    private readonly MlflowTables _tables;
    private readonly MlflowOwners _owners;
    private readonly ChosenExperiments _chosen;
    private readonly SourceProblems _problems = new();
    private readonly List<string> _notes = [];

    private MlflowSource(
        DbConnection connection,
        DbTransaction transaction,
        MlflowFiles files,
        ChosenExperiments chosen
    )
    {
        _chosen = chosen;
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
            var chosen = new ChosenExperiments(experiments);
            source = new MlflowSource(connection, await BeginAsync(connection, cancellation), files, chosen);
            await source._tables.CheckAsync(cancellation);
            await source.ChooseAsync(cancellation);
            MlflowExperiments.RequireAll(experiments, chosen.Names);
            var leftOut = new MlflowLeftOut(source._tables, chosen);
            source._notes.AddRange(await leftOut.NotesAsync(cancellation));
            return source;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw e is DbException or TimeoutException or FormatException
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
        await foreach (var record in new MlflowExperiments(_tables, _chosen, _problems).ReadAsync(cancellation))
        {
            yield return record;
        }

        await foreach (var record in new MlflowRuns(_tables, _chosen, _problems).ReadAsync(cancellation))
        {
            _owners.Remember(record);
            yield return record;
        }

        await foreach (var record in new MlflowLoggedModels(_tables, _chosen, _problems).ReadAsync(cancellation))
        {
            _owners.Remember(record);
            yield return record;
        }
    }

    public async IAsyncEnumerable<TransferRecord> RegistryAsync(
        TransferPlaces places,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var registry = new MlflowRegistry(_tables, _owners.Versions, _problems, _chosen.IsPart);
        await foreach (var record in registry.ReadAsync(places, cancellation))
        {
            yield return record;
        }

        _problems.Tell(places);
    }

    public IEnumerable<TransferFile> Files(TransferPlaces places)
    {
        _problems.Tell(places);
        return _owners.Files(places, _notes);
    }

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

    private async Task ChooseAsync(CancellationToken cancellation)
    {
        var elsewhere = 0;
        await foreach (
            var row in _tables.RowsAsync(
                $"select experiment_id, name, {_tables.Optional("experiments", "workspace")} from experiments",
                [],
                cancellation
            )
        )
        {
            var isOfDefault = row.OrNull(2) is null or "" or "default";
            elsewhere += isOfDefault ? 0 : 1;
            _chosen.Add(row.Number(0), row.Text(1), isOfDefault);
        }

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
