namespace Rondo.Data;

/// <summary>Files as sources, by the endings of their names.</summary>
internal static class SourceFiles
{
    private const string Kinds = ".csv, .tsv, .jsonl, .ndjson (each also with .gz), .parquet, .arrow, .feather";

    public static TableSource Open(string path, CsvOptions? options)
    {
        var files = FilesOf(path);
        var sources = files
            .Select(file => Of(Path.GetFileName(file), () => File.OpenRead(file), options ?? new CsvOptions()))
            .ToList();
        return sources.Count == 1 ? sources[0] : new JoinedSource(Path.GetFileName(path.TrimEnd('/')), sources);
    }

    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        var (folder, pattern) = Directory.Exists(path) ? (path, "*") : (FolderOf(path), Path.GetFileName(path));
        IReadOnlyList<string> found = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, pattern).Where(IsKnown).Order(StringComparer.Ordinal)]
            : [];
        return found.Count > 0
            ? found
            : throw new RondoException(
                ErrorCode.NotFound,
                $"There is no data file at '{path}'.",
                $"Name a file, a pattern or a folder of files that end in {Kinds}."
            );
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";

    public static bool IsKnown(string path) => KindOf(path) is not null;

    private static string? KindOf(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        var kind = Path.GetExtension(name).ToLowerInvariant();
        return kind is ".csv" or ".tsv" or ".jsonl" or ".ndjson" ? kind
            : kind is ".parquet" or ".arrow" or ".feather" && name == path ? kind
            : null;
    }

    /// <summary>Whether bytes of this name can be read.</summary>
    public static void Require(string name)
    {
        if (!IsKnown(name))
        {
            throw Unknown(name);
        }
    }

    /// <summary>Bytes, by the ending of their name.</summary>
    public static TableSource Of(string name, Func<Stream> open, CsvOptions options) =>
        KindOf(name) switch
        {
            ".csv" => new CsvSource(name, FileStreams.Of(name, open), options),
            ".tsv" => new CsvSource(name, FileStreams.Of(name, open), options with { Delimiter = "\t" }),
            ".jsonl" or ".ndjson" => new JsonLinesSource(name, FileStreams.Of(name, open), options),
            ".parquet" => new ParquetSource(name, open),
            ".arrow" or ".feather" => new ArrowSource(name, open),
            _ => throw Unknown(name),
        };

    private static RondoException Unknown(string name) =>
        new(
            ErrorCode.InvalidArgument,
            $"'{name}' is of no kind that can be read.",
            $"Give a file that ends in {Kinds}."
        );
}
