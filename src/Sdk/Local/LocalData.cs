using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Finds the files of a dataset for a local run, and makes a dataset version of them.</summary>
internal sealed class LocalData(LocalOptions options, ContentStore store)
{
    private const int FilesMax = 10_000;

    public async Task<LocalArtifact> ResolveAsync(IDeclaredDataset dataset, CancellationToken cancellation)
    {
        var files = new List<DatasetFile>();
        foreach (var path in Files(dataset))
        {
            var (digest, size) = await store.PutFileAsync(path, cancellation);
            files.Add(new(Path.GetFileName(path), digest, size));
        }
        var content = new DatasetVersionContent(dataset.Name, files);
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, RondoJson.Options));
        var (contentDigest, contentSize) = await store.PutAsync(json, cancellation);
        return new(
            new ArtifactRef(ArtifactTypes.DatasetVersion, contentDigest, contentSize),
            JsonSerializer.SerializeToElement(
                new { files = files.Count, bytes = files.Sum(file => file.Size) },
                RondoJson.Options
            )
        );
    }

    /// <summary>Whether files stand for the dataset, whatever would be read elsewhere.</summary>
    public bool StandsIn(IDeclaredDataset dataset) =>
        options.Data.ContainsKey(dataset.Name) || (options.Sample && dataset.Sample is not null);

    /// <summary>Refuses files for a dataset that is not declared: a name that was mistyped would read other data than is meant.</summary>
    public static void Check(LocalOptions options, IReadOnlyList<IDeclaredDataset> declared)
    {
        if (options.Data.Keys.FirstOrDefault(name => declared.All(dataset => dataset.Name != name)) is { } unknown)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no dataset '{unknown}'.",
                $"Declared are: {string.Join(", ", declared.Select(dataset => dataset.Name))}."
            );
        }
    }

    /// <summary>The files that stand for a dataset here.</summary>
    public List<string> Files(IDeclaredDataset dataset)
    {
        var given = options.Data.GetValueOrDefault(dataset.Name);
        var pattern = given ?? (options.Sample ? dataset.Sample : dataset.From ?? dataset.Sample);
        if (pattern is null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There are no files for dataset '{dataset.Name}'.",
                $"Pass --data {dataset.Name}=FILES, or declare them: .From(\"data/*.csv\") or .Sample(\"sample/{dataset.Name}.csv\")."
            );
        }
        foreach (var folder in given is null ? ProjectFolders() : [Directory.GetCurrentDirectory()])
        {
            if (Match(Path.Combine(folder, pattern)) is { Count: > 0 } found)
            {
                return found;
            }
        }
        throw new RondoException(
            ErrorCode.NotFound,
            $"Dataset '{dataset.Name}': there is no file '{pattern}'.",
            "Check the path; it is relative to the project. The file must be copied to the output folder or be there when the program runs."
        );
    }

    /// <summary>Where a project's files are: beside the program, beside a single-file program's source, or here.</summary>
    internal static IEnumerable<string> ProjectFolders()
    {
        yield return AppContext.BaseDirectory;
        if (AppContext.GetData("EntryPointFileDirectoryPath") is string source)
        {
            yield return source;
        }
        yield return Directory.GetCurrentDirectory();
    }

    private static List<string> Match(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path);
        var pattern = Directory.Exists(path) ? "*" : Path.GetFileName(path);
        if (folder is null || !Directory.Exists(folder))
        {
            return [];
        }
        return
        [
            .. Directory
                .EnumerateFiles(folder, pattern)
                .Where(TableSource.IsReadable)
                .Take(FilesMax)
                .Order(StringComparer.Ordinal),
        ];
    }
}
