using System.Data.Common;
using Dapper;

namespace Rondo.Kernel.Db;

/// <summary>
/// Statements on one connection, inside one transaction. Arguments are an anonymous object or a record, named with <c>@</c>.
/// Row types have settable properties, or a constructor whose integers are <see langword="long"/>: columns are <c>bigint</c>,
/// <c>text</c>, <c>double precision</c> and, for what is read by <see cref="ReadRowsAsync"/>, <c>bytea</c> only, named in snake case.
/// </summary>
public class Session
{
    private const int RowsPerBatchMax = 500;

    private readonly DbConnection _connection;
    private readonly DbTransaction? _transaction;
    private readonly Database _database;

    internal Session(Database database, DbConnection connection, DbTransaction? transaction)
    {
        _database = database;
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>The words of the database behind this session.</summary>
    public Dialect Dialect => _database.Dialect;

    /// <summary>All rows; the caller states a limit in the statement.</summary>
    public async ValueTask<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null)
    {
        if (Embedded<T>(sql, arguments, int.MaxValue) is { } rows)
        {
            return rows;
        }

        Begin(sql, arguments);
        return (await _connection.QueryAsync<T>(sql, arguments, _transaction)).AsList();
    }

    /// <summary>The first row, or null where there is none.</summary>
    public async ValueTask<T?> FirstAsync<T>(string sql, object? arguments = null)
    {
        if (Embedded<T>(sql, arguments, 1) is { } rows)
        {
            return rows.FirstOrDefault();
        }

        Begin(sql, arguments);
        return await _connection.QueryFirstOrDefaultAsync<T>(sql, arguments, _transaction);
    }

    /// <summary>The first column of the first row, or default.</summary>
    public async ValueTask<T?> ScalarAsync<T>(string sql, object? arguments = null)
    {
        if (Embedded<T>(sql, arguments, 1) is { } rows)
        {
            return rows.FirstOrDefault();
        }

        Begin(sql, arguments);
        return await _connection.ExecuteScalarAsync<T>(sql, arguments, _transaction);
    }

    /// <summary>Hands each row to <paramref name="read"/>: for thousands of rows, where an object for each would cost more than the database.</summary>
    public async ValueTask ReadRowsAsync(string sql, object arguments, Action<Row> read)
    {
        ArgumentNames.Check(arguments);
        if (_connection is PreparedConnection embedded && embedded.TryRead(sql, arguments, read))
        {
            _database.CountStatement();
            return;
        }

        Begin(sql, arguments);
        await using var reader = await _connection.ExecuteReaderAsync(sql, arguments, _transaction);
        var row = Row.Of((reader as IWrappedDataReader)?.Reader as DbDataReader ?? reader);
        while (await reader.ReadAsync())
        {
            read(row);
        }
    }

    private protected ValueTask<int> RunManyAsync<T>(
        string sql,
        IReadOnlyList<string> names,
        IEnumerable<T> rows,
        Action<RowArguments, T> write
    )
    {
        _database.CountStatement();
        if (_connection is PreparedConnection embedded)
        {
            return ValueTask.FromResult(embedded.RunMany(sql, names, rows, write));
        }

        var objects = rows.Select(row =>
        {
            var arguments = new RowArguments.AsObjects(names.Count);
            write(arguments, row);
            return arguments.Values;
        });
        return _connection.CanCreateBatch
            ? RunBatchesAsync(sql, names, objects)
            : RunOneByOneAsync(sql, names, objects);
    }

    private protected async ValueTask<int> RunAsync(string sql, object? arguments)
    {
        ArgumentNames.Check(arguments);
        if (_connection is PreparedConnection embedded && embedded.TryRun(sql, arguments, out var touched))
        {
            _database.CountStatement();
            return touched;
        }

        Begin(sql, arguments);
        return await _connection.ExecuteAsync(sql, arguments, _transaction);
    }

    private protected async ValueTask RunScriptAsync(string sql)
    {
        Begin(sql, null);
        await _connection.ExecuteAsync(sql, transaction: _transaction, commandTimeout: 0);
    }

    private void Begin(string sql, object? arguments)
    {
        ArgumentNames.Check(arguments);
        _database.CountStatement();
        (_connection as PreparedConnection)?.Expect(sql);
    }

    // Null where it is left to the library.
    private List<T>? Embedded<T>(string sql, object? arguments, int rowsMax)
    {
        ArgumentNames.Check(arguments);
        var rows = (_connection as PreparedConnection)?.TryQuery<T>(sql, arguments, rowsMax);
        if (rows is not null)
        {
            _database.CountStatement();
        }

        return rows;
    }

    // One statement, prepared once: its arguments are set by position for each row.
    private async ValueTask<int> RunOneByOneAsync(string sql, IReadOnlyList<string> names, IEnumerable<object?[]> rows)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        foreach (var name in names)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + name;
            command.Parameters.Add(parameter);
        }

        var touched = 0;
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                command.Parameters[i].Value = row[i] ?? DBNull.Value;
            }

            touched += await command.ExecuteNonQueryAsync();
        }

        return touched;
    }

    // Where the database is behind a network, many rows go there and back at once.
    private async ValueTask<int> RunBatchesAsync(string sql, IReadOnlyList<string> names, IEnumerable<object?[]> rows)
    {
        var touched = 0;
        foreach (var chunk in rows.Chunk(RowsPerBatchMax))
        {
            await using var batch = _connection.CreateBatch();
            batch.Transaction = _transaction;
            foreach (var row in chunk)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = sql;
                for (var i = 0; i < row.Length; i++)
                {
                    var parameter = command.CreateParameter();
                    parameter.ParameterName = "@" + names[i];
                    parameter.Value = row[i] ?? DBNull.Value;
                    command.Parameters.Add(parameter);
                }

                batch.BatchCommands.Add(command);
            }

            touched += await batch.ExecuteNonQueryAsync();
        }

        return touched;
    }
}
