namespace Rondo.Data;

/// <summary>Files as sources, by the endings of their names.</summary>
internal static class SourceFiles
{
    private const string Kinds = ".csv, .tsv, .jsonl, .ndjson (each also with .gz), .parquet, .arrow, .feather";

    public static TableSource Open(string path, CsvOptions? options)
    {
        var files = FilesOf(path);
        var sources = files.Select(file => OpenFile(file, options ?? new CsvOptions())).ToList();
        return sources.Count == 1 ? sources[0] : new JoinedSource(Path.GetFileName(path.TrimEnd('/')), sources);
    }

    private static IReadOnlyList<string> FilesOf(string path)
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

    private static bool IsKnown(string path) => KindOf(path) is not null;

    private static string? KindOf(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        var kind = Path.GetExtension(name).ToLowerInvariant();
        return kind is ".csv" or ".tsv" or ".jsonl" or ".ndjson" ? kind
            : kind is ".parquet" or ".arrow" or ".feather" && name == path ? kind
            : null;
    }

    private static CsvSource Csv(string path, CsvOptions options) =>
        new(Path.GetFileName(path), () => FileStreams.Open(path), options);

    private static TableSource OpenFile(string path, CsvOptions options) =>
        KindOf(path) switch
        {
            ".csv" => Csv(path, options),
            ".tsv" => Csv(path, options with { Delimiter = "\t" }),
            ".jsonl" or ".ndjson" => new JsonLinesSource(path, options),
            ".parquet" => new ParquetSource(path),
            ".arrow" or ".feather" => new ArrowSource(path),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{Path.GetFileName(path)}' is of no kind that can be read.",
                $"Give a file that ends in {Kinds}."
            ),
        };
}
