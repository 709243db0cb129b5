using Microsoft.Data.Sqlite;
using Npgsql;
using Rondo.Cli.Transfer.FileStore;
using Rondo.Providers.Postgres;

namespace Rondo.Cli.Transfer;

/// <summary>Opens what a person names as the source of an import. What stands in an address as a password is in no message.</summary>
internal static class TransferSources
{
    private const string Sqlite = "sqlite:///";
    private const string Database = "mlflow.db";
    private const int LockedSecondsMax = 20;
    private const string Store = "mlruns";
    private const string FileScheme = "file:";
    private const string Forms =
        "Name MLflow's mlflow.db (a path, or sqlite:///PATH), its folder mlruns, postgresql://USER@HOST/DATABASE (with PGPASSWORD set), or a .zip that 'rondo tracking export' wrote.";

    public static async Task<ITransferSource> OpenAsync(
        string source,
        string? artifacts,
        IReadOnlyList<string> experiments,
        CancellationToken cancellation
    )
    {
        if (artifacts?.Contains("://", StringComparison.Ordinal) == true)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "--artifacts names a folder on this disk, not an address.",
                "Copy what is there into a folder (such as with aws s3 sync, gcloud storage rsync or azcopy), and name that."
            );
        }

        if (artifacts is not null && !Directory.Exists(artifacts))
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no folder {Path.GetFullPath(artifacts)}.");
        }

        if (source.StartsWith("postgres", StringComparison.Ordinal) && source.Contains("://", StringComparison.Ordinal))
        {
            var files = new MlflowFiles(Environment.CurrentDirectory, artifacts);
            return await MlflowSource.OpenAsync(Postgres(source), files, experiments, cancellation);
        }

        var file = Path.GetFullPath(PathOf(source));
        if (Directory.Exists(file))
        {
            return FileStoreSource.Is(file)
                ? FileStoreSource.Open(Path.TrimEndingDirectorySeparator(file), artifacts, experiments)
                : throw OfFolder(file);
        }

        if (!File.Exists(file))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                MayHoldPassword(source)
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
                    DefaultTimeout = LockedSecondsMax,
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

    private static RondoException OfFolder(string folder) =>
        File.Exists(Path.Combine(folder, Database))
            ? new(
                ErrorCode.InvalidArgument,
                $"{folder} is a folder.",
                $"Name the database in it: {Path.Combine(folder, Database)}."
            )
        : FileStoreSource.IsInside(folder)
            ? new(
                ErrorCode.InvalidArgument,
                $"{folder} is a part of a file store.",
                $"Name the store itself, such as {Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder))}; one experiment of it is brought with --experiment and its name."
            )
        : FileStoreSource.Is(Path.Combine(folder, Store))
            ? new(
                ErrorCode.InvalidArgument,
                $"{folder} is a folder.",
                $"Name the file store in it: {Path.Combine(folder, Store)}."
            )
        : new(ErrorCode.InvalidArgument, $"{folder} is a folder.", Forms);

    // Addresses as MLflow is given them: sqlite:///PATH, file:PATH and file:///PATH.
    private static string PathOf(string source) =>
        source.StartsWith(Sqlite, StringComparison.OrdinalIgnoreCase) ? source[Sqlite.Length..]
        : source.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(source[FileScheme.Length..]) is var path
                && path.StartsWith("//", StringComparison.Ordinal)
                    ? "/" + path.TrimStart('/')
                : path
        : source;

    // What is no path is not repeated.
    private static bool MayHoldPassword(string source) =>
        !source.StartsWith(Sqlite, StringComparison.OrdinalIgnoreCase)
        && (
            source.AsSpan().IndexOfAny('@', '=') >= 0
            || source.Contains("://", StringComparison.Ordinal)
            || source.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)
        );

    // SQLAlchemy names the driver, too: postgresql+psycopg2://.
    private static NpgsqlConnection Postgres(string address)
    {
        var rest = address[address.IndexOf("://", StringComparison.Ordinal)..];
        var settings = new NpgsqlConnectionStringBuilder(PostgresAddress.Parse("postgresql" + rest).ConnectionString)
        {
            Pooling = false,
        };
        return new NpgsqlConnection(settings.ConnectionString);
    }
}
