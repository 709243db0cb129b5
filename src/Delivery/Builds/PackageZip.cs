using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Delivery.Builds;

/// <summary>
/// Packs the published program so that the same files always give the same bytes: entries in the order of their names, one fixed
/// time, stored as they are (compressed bytes may differ from one runtime to the next).
/// </summary>
internal static class PackageZip
{
    /// <summary>The description at the root of a package.</summary>
    public const string DescriptionFile = "rondo-package.json";

    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task WriteAsync(string folder, PackageDescription description, string file, long bytesMax)
    {
        var files = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .Where(entry => entry.Name != DescriptionFile)
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .ToList();
        var bytes = files.Sum(entry => new FileInfo(entry.Path).Length);
        if (bytes > bytesMax)
        {
            throw new BuildFault($"The package has {bytes} bytes; at most {bytesMax} are kept.");
        }

        await using var target = File.Create(file);
        await using var zip = new ZipArchive(target, ZipArchiveMode.Create);
        await using (var entry = await Create(zip, DescriptionFile).OpenAsync())
        {
            await JsonSerializer.SerializeAsync(entry, description, RondoJson.Options);
        }

        foreach (var (path, name) in files)
        {
            await using var source = File.OpenRead(path);
            await using var entry = await Create(zip, name).OpenAsync();
            await source.CopyToAsync(entry);
        }
    }

    private static ZipArchiveEntry Create(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = s_epoch;
        return entry;
    }
}

/// <summary><c>rondo-package.json</c>: which assembly to start, and the commit that it was built from.</summary>
internal sealed record PackageDescription(int FormatVersion, string Project, string Commit, string Entry);
