using System.Diagnostics;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Rondo.Conformance;

/// <summary>
/// A real PostgreSQL server for the tests of this process: started when the first test wants it, ended with the process however
/// that ends, because the script holds on to its standard input only.
/// </summary>
public sealed class PostgresCluster
{
    private static readonly Lazy<Task<PostgresCluster>> s_shared = new(StartAsync);
    private static int s_databases;

    private readonly string _connectionString;

    // Kept for its standard input: when that closes, the server ends.
    private readonly Process _process;

    private PostgresCluster(Process process, string connectionString)
    {
        _process = process;
        _connectionString = connectionString;
    }

    public static Task<PostgresCluster> SharedAsync() => s_shared.Value;

    /// <summary>An empty database, by its connection string.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = FormattableString.Invariant($"test_{Interlocked.Increment(ref s_databases)}");
        await ExecuteAsync(_connectionString, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(_connectionString) { Database = name }.ConnectionString;
    }

    /// <summary>An empty schema, by a connection string in which it is the only one: a database of one's own for less.</summary>
    public async Task<string> NewSchemaAsync()
    {
        var name = FormattableString.Invariant($"test_{Interlocked.Increment(ref s_databases)}");
        await ExecuteAsync(_connectionString, $"create schema {name}");
        return new NpgsqlConnectionStringBuilder(_connectionString)
        {
            SearchPath = name,
            MaxPoolSize = 20,
            // A busy machine is slow; a test that hangs is ended by others.
            CommandTimeout = 300,
        }.ConnectionString;
    }

    /// <summary>Gives the room of a schema back.</summary>
    public Task DropSchemaAsync(string connectionString) =>
        ExecuteAsync(
            _connectionString,
            $"drop schema {new NpgsqlConnectionStringBuilder(connectionString).SearchPath} cascade"
        );

    /// <summary>Runs a statement beside Rondo.</summary>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<PostgresCluster> StartAsync()
    {
        var process = Process.Start(
            new ProcessStartInfo("bash", [ScriptFile()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var line = await process.StandardOutput.ReadLineAsync();
        return string.IsNullOrEmpty(line)
            ? throw new InvalidOperationException("PostgreSQL does not start: see the lines above.")
            : new PostgresCluster(process, line);
    }

    private static string ScriptFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "postgres-cluster.sh");
}
