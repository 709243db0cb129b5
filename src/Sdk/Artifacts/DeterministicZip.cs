using System.IO.Compression;

namespace Rondo.Sdk;

/// <summary>Zips whose bytes say nothing about when they were made.</summary>
internal static class DeterministicZip
{
    // The earliest time that the format can hold.
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Add(ZipArchive zip, string name, Stream content)
    {
        // Stored, not compressed: compressed bytes may differ from one runtime to the next.
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Epoch;
        using var target = entry.Open();
        content.CopyTo(target);
    }

    public static bool IsZip(string file)
    {
        using var stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PK\u0003\u0004"u8);
    }

    /// <summary>The same entries without their times: a library that saves a zip (ML.NET does) stamps each with the present.</summary>
    public static Stream Rewrite(string file)
    {
        var memory = new MemoryStream();
        using (var source = ZipFile.OpenRead(file))
        using (var target = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in source.Entries)
            {
                var copy = target.CreateEntry(entry.FullName, CompressionLevel.Optimal);
                copy.LastWriteTime = Epoch;
                using var from = entry.Open();
                using var to = copy.Open();
                from.CopyTo(to);
            }
        }
        memory.Position = 0;
        return memory;
    }
}
