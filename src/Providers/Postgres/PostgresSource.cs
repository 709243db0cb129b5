using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>The pool of connections, and what each is told when it is made.</summary>
internal static class PostgresSource
{
    /// <summary>
    /// How long a transaction may rest before the database ends it: a server that was stopped in the middle of one must not hold
    /// its locks against all others.
    /// </summary>
    public const int RestInTransactionMaxMs = 10_000;

    private static readonly string s_prepare = $"""
        select set_config('idle_in_transaction_session_timeout', '{RestInTransactionMaxMs}', false),
            case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', false) end
        """;

    public static NpgsqlDataSource Create(PostgresAddress address, int connectionsMax, int statementsKeptMax)
    {
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        SetUnlessGiven(settings, "Maximum Pool Size", connectionsMax);
        SetUnlessGiven(settings, "Max Auto Prepare", statementsKeptMax);
        SetUnlessGiven(settings, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(settings, "Application Name", "rondo");
        SetUnlessGiven(settings, "Keepalive", 30);
        // Nothing that a transaction sets outlives it, so that a connection need not be reset between two.
        settings.NoResetOnClose = true;
        settings.Enlist = false;
        settings.IncludeErrorDetail = false;
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(s_prepare, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(s_prepare, connection);
                await command.ExecuteNonQueryAsync();
            }
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

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder settings, string name, object value)
    {
        if (!settings.ContainsKey(name) || !settings.ShouldSerialize(name))
        {
            settings[name] = value;
        }
    }
}
