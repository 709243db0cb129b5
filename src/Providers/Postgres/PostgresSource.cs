using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>The pool of connections, and what each is told when it is made.</summary>
internal static class PostgresSource
{
    // What was committed is on the disk, whatever the database's habit is.
    private const string DurableSql = """
        select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'
        """;

    /// <summary>
    /// Connections that only read have a pool of their own: a write that looks something up on the side never waits for a
    /// connection that waits for it.
    /// </summary>
    public static NpgsqlDataSource Create(PostgresAddress address, PostgresOptions options, bool readOnly)
    {
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        SetUnlessGiven(settings, "Maximum Pool Size", readOnly ? options.ReadersMax : options.WritersMax);
        SetUnlessGiven(settings, "Max Auto Prepare", options.StatementsKeptMax);
        SetUnlessGiven(settings, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(settings, "Application Name", "rondo");
        SetUnlessGiven(settings, "Keepalive", 30);
        // Nothing that a transaction sets outlives it, so that a connection need not be reset between two.
        settings.NoResetOnClose = true;
        settings.Enlist = false;
        settings.IncludeErrorDetail = false;
        builder.UsePhysicalConnectionInitializer(
            connection => PrepareAsync(connection, options, readOnly).GetAwaiter().GetResult(),
            connection => PrepareAsync(connection, options, readOnly)
        );
        return builder.Build();
    }

    /// <summary>Refuses a database that cannot be reached, or whose texts are not Unicode.</summary>
    public static async Task CheckAsync(
        NpgsqlDataSource source,
        PostgresAddress address,
        CancellationToken cancellation
    )
    {
        try
        {
            await using var command = source.CreateCommand("select current_setting('server_encoding')");
            var encoding = (string?)await command.ExecuteScalarAsync(cancellation);
            if (encoding != "UTF8")
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"The database {address} keeps its texts as {encoding}.",
                    "Create one with encoding UTF8: create database rondo encoding 'UTF8' template template0."
                );
            }
        }
        catch (PostgresException e) when (!PostgresErrors.IsUnavailable(e))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The database {address} refuses this server: {e.MessageText}.",
                "Check the database's name, the user and the password.",
                e
            );
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            throw PostgresErrors.Unavailable(e, address);
        }
    }

    private static async Task PrepareAsync(NpgsqlConnection connection, PostgresOptions options, bool readOnly)
    {
        await SetAsync(connection, "idle_in_transaction_session_timeout", InMilliseconds(options.RestInTransactionMax));
        if (readOnly)
        {
            await SetAsync(connection, "default_transaction_read_only", "on");
            return;
        }

        await using (var durable = new NpgsqlCommand(DurableSql, connection))
        {
            await durable.ExecuteNonQueryAsync();
        }

        try
        {
            await SetAsync(connection, "deadlock_timeout", InMilliseconds(options.DeadlockAfter));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Not everybody may: then collisions take a little longer.
        }
    }

    private static async Task SetAsync(NpgsqlConnection connection, string name, string value)
    {
        await using var command = new NpgsqlCommand("select set_config($1, $2, false)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = name },
                new NpgsqlParameter { Value = value },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    private static string InMilliseconds(TimeSpan time) =>
        FormattableString.Invariant($"{(long)time.TotalMilliseconds}");

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder settings, string name, object value)
    {
        if (!settings.ContainsKey(name) || !settings.ShouldSerialize(name))
        {
            settings[name] = value;
        }
    }
}
