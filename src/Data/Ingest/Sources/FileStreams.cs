using System.IO.Compression;

namespace Rondo.Data;

internal static class FileStreams
{
    /// <summary>A file of text, unpacked where its name ends in <c>.gz</c>.</summary>
    public static Stream Open(string path) =>
        path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
            : File.OpenRead(path);
}
