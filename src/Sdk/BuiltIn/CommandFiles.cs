using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

/// <summary>Artifacts as the files of a program, and back.</summary>
internal static class CommandFiles
{
    /// <summary>
    /// A file of its own: a program may write into its inputs, and the store's bytes must stay as they are. Where the file system can
    /// (XFS, Btrfs, APFS), the copy shares its blocks with the original and costs nothing; else the kernel copies.
    /// </summary>
    public static void LayCopy(StoredArtifact artifact, string path)
    {
        File.Copy(artifact.Path, path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>A table, as CSV or Parquet by the name of the file.</summary>
    public static void LayTable(StoredArtifact artifact, string path)
    {
        if (!IsCsv(path))
        {
            LayCopy(artifact, path);
            return;
        }
        using var source = artifact.Open();
        using var target = File.Create(path);
        Csv.Write(Parquet.Read(source), target);
    }

    /// <summary>A folder, from a zip of its files.</summary>
    public static void LayFolder(StoredArtifact artifact, string path)
    {
        using var zip = artifact.Open();
        ZipFile.ExtractToDirectory(zip, path);
    }

    public static void TakeFile(StepCall call, string port, string path) =>
        call.WriteBytes(port, Artifacts.File.Type, target => Artifacts.File.Write(new FileArtifact(path), target));

    public static void TakeTable<T>(StepCall call, string port, string path)
    {
        using var stream = File.OpenRead(path);
        var table = IsCsv(path) ? Csv.Read(port, stream).Table : Parquet.Read(stream);
        var typed = table.As<T>();
        call.WriteBytes(port, Artifacts.Table<T>().Type, target => Artifacts.Table<T>().Write(typed, target));
    }

    public static void TakeJson<T>(StepCall call, string port, string path)
    {
        var value = ReadJson<T>(path);
        call.WriteBytes(port, Artifacts.Json<T>().Type, target => Artifacts.Json<T>().Write(value, target));
    }

    /// <summary>All files of a folder as a zip with the same bytes for the same files.</summary>
    public static void TakeFolder(StepCall call, string port, string path)
    {
        var files = Directory
            .EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(path, file).Replace('\\', '/'), File: file))
            .OrderBy(file => file.Name, StringComparer.Ordinal);
        var zipped = path + ".zip";
        using (var zip = ZipFile.Open(zipped, ZipArchiveMode.Create))
        {
            foreach (var (name, file) in files)
            {
                using var source = File.OpenRead(file);
                DeterministicZip.Add(zip, name, source);
            }
        }
        TakeFile(call, port, zipped);
    }

    private static T ReadJson<T>(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<T>(stream, RondoJson.Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{Path.GetFileName(path)}' is not the JSON of a {typeof(T).Name}: {e.Message}",
                "Write one JSON document with the members of that type, in camelCase.",
                e
            );
        }
    }

    private static bool IsCsv(string file) => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
}
