using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>Which database to use: a <c>postgres://</c> address or a connection string, and how to name it without its password.</summary>
public sealed record PostgresAddress
{
    private PostgresAddress(NpgsqlConnectionStringBuilder settings)
    {
        ConnectionString = settings.ConnectionString;
        Display = $"{settings.Host}{(settings.Port == 5432 ? "" : $":{settings.Port}")}/{settings.Database}";
    }

    /// <summary>With its password: for the driver only.</summary>
    internal string ConnectionString { get; }

    /// <summary>Host, port and database: for people and logs.</summary>
    public string Display { get; }

    /// <summary>Reads an address; what is not one is refused, without repeating it: it may hold a password.</summary>
    public static PostgresAddress Parse(string text)
    {
        try
        {
            var settings = IsUri(text) ? FromUri(new Uri(text)) : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
            {
                throw Refused("it names no host or no database");
            }

            return new PostgresAddress(settings);
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException or FormatException or OverflowException)
        {
            // The parser's own words may quote what it could not read.
            throw Refused(e is UriFormatException ? "it is no address" : "it has a setting that is not known");
        }
    }

    public override string ToString() => Display;

    private static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.Ordinal)
        || text.StartsWith("postgresql://", StringComparison.Ordinal);

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
        };
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length == 2)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (n, v) : (pair, "");
            settings[NameOf(Uri.UnescapeDataString(name))] = Uri.UnescapeDataString(value);
        }

        return settings;
    }

    // The names that addresses have in PostgreSQL's own tools; every other is the driver's.
    private static string NameOf(string parameter) =>
        parameter switch
        {
            "sslmode" => "SSL Mode",
            "sslrootcert" => "Root Certificate",
            "sslcert" => "SSL Certificate",
            "sslkey" => "SSL Key",
            "application_name" => "Application Name",
            "connect_timeout" => "Timeout",
            _ => parameter,
        };

    private static RondoException Refused(string why) =>
        new(
            ErrorCode.InvalidArgument,
            $"The database given cannot be used: {why}.",
            "Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, or a connection string such as Host=db;Database=rondo;Username=rondo."
        );
}
