using System.Text;
using Rondo.Kernel;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tracking;

/// <summary>Files that this server keeps at an address that runs or logged models have: for whoever describes what was logged.</summary>
public sealed class StoredArtifacts
{
    private const int FilesMax = 10_000;

    private readonly ArtifactFolder _folder;

    internal StoredArtifacts(ArtifactFolder folder) => _folder = folder;

    /// <summary>How many files are below an address, and their bytes; null where this server keeps none there. Of more than 10,000 the first count.</summary>
    public (int Files, long Bytes)? SizeOf(string address) =>
        Here(() =>
        {
            var (files, bytes) = (0, 0L);
            var folders = new Queue<string>([ArtifactAddress.PathOf(address)]);
            while (folders.TryDequeue(out var folder) && files < FilesMax)
            {
                foreach (var entry in _folder.List(folder))
                {
                    if (entry.IsDir)
                    {
                        folders.Enqueue($"{folder}/{entry.Path}");
                    }
                    else
                    {
                        files++;
                        bytes += entry.FileSize ?? 0;
                    }
                }
            }

            return files == 0 ? ((int, long)?)null : (files, bytes);
        });

    /// <summary>The text of a file below an address; null where this server has none there.</summary>
    /// <exception cref="RondoException">The file is larger than <paramref name="bytesMax"/>.</exception>
    public string? ReadText(string address, string path, int bytesMax) =>
        Here(() =>
        {
            using var file = _folder.Open($"{ArtifactAddress.PathOf(address)}/{path}");
            if (file.Length > bytesMax)
            {
                throw new RondoException(ErrorCode.InvalidArgument, $"The file {path} has more than {bytesMax} bytes.");
            }

            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd();
        });

    private static T? Here<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is Refusal or FileNotFoundException or DirectoryNotFoundException)
        {
            // At another place, or removed meanwhile.
            return default;
        }
    }
}
