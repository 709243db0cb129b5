using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Rondo.Cli.Transfer;

/// <summary>Opens what a person names as the source of an import. What stands in an address as a password is in no message.</summary>
internal static class TransferSources
{
    private const string Sqlite = "sqlite:///";
    private const string Forms =
        "Name MLflow's mlflow.db (a path, or sqlite:///PATH), postgresql://USER:PASSWORD@HOST/DATABASE, or a .zip that 'rondo tracking export' wrote.";

    public static async Task<ITransferSource> OpenAsync(
        string source,
        string? artifacts,
        IReadOnlyList<string> experiments,
        CancellationToken cancellation
    )
    {
        if (artifacts is not null && !Directory.Exists(artifacts))
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no folder {Path.GetFullPath(artifacts)}.");
        }

        if (source.StartsWith("postgres", StringComparison.Ordinal) && source.Contains("://", StringComparison.Ordinal))
        {
            var files = new MlflowFiles(Environment.CurrentDirectory, artifacts);
            return await MlflowSource.OpenAsync(Postgres(source), files, experiments, cancellation);
        }

        var file = Path.GetFullPath(
            source.StartsWith(Sqlite, StringComparison.OrdinalIgnoreCase) ? source[Sqlite.Length..] : source
        );
        if (!File.Exists(file))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                source.Contains("://", StringComparison.Ordinal) && !source.StartsWith(Sqlite, StringComparison.Ordinal)
                    ? "The source is an address of a kind that is not read."
                    : $"There is no file {file}.",
                Forms
            );
        }

        if (!Path.GetExtension(file).Equals(".zip", StringComparison.OrdinalIgnoreCase))
        {
            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder
                {
                    DataSource = file,
                    Mode = SqliteOpenMode.ReadOnly,
                    Pooling = false,
                }.ConnectionString
            );
            var files = new MlflowFiles(Path.GetDirectoryName(file)!, artifacts);
            return await MlflowSource.OpenAsync(connection, files, experiments, cancellation);
        }

        return artifacts is null && experiments.Count == 0
            ? ExportArchive.Open(file)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                "An export has one experiment with its files: --artifacts and --experiment are for databases of MLflow."
            );
    }

    /// <summary>The connection that an address of PostgreSQL means, as SQLAlchemy writes it.</summary>
    public static DbConnection Postgres(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new RondoException(ErrorCode.InvalidArgument, "The address of the database cannot be read.", Forms);
        }

        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.IsDefaultPort || uri.Port < 0 ? NpgsqlConnection.DefaultPort : uri.Port,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
            Username = user[0].Length == 0 ? null : Uri.UnescapeDataString(user[0]),
            Password = user.Length == 2 ? Uri.UnescapeDataString(user[1]) : null,
            Pooling = false,
        };
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2) is [var key, var given]
                ? (key, Uri.UnescapeDataString(given))
                : (part, "");
            Set(builder, name, value);
        }

        return new NpgsqlConnection(builder.ConnectionString);
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode"
                when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), true, out var mode):
                builder.SslMode = mode;
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "options":
                builder.Options = value;
                break;
            default:
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"The address of the database says '{name}', which is not understood.",
                    "Understood are sslmode, sslrootcert and options."
                );
        }
    }
}
