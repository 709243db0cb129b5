using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>
/// An export of Rondo: records, one to a line, and files below the id of their owner. It may come from anybody: a name that leads elsewhere, or more
/// than can honestly be in it, is refused before anything is sent.
/// </summary>
internal sealed class ExportArchive : ITransferSource
{
    /// <summary>The entry of records.</summary>
    public const string Records = "records.jsonl";

    /// <summary>The folder of files.</summary>
    public const string FilesFolder = "files/";

    private const int EntriesMax = 2_000_000;
    private const int LineCharsMax = 64 * 1024 * 1024;
    private const int RatioMax = 200;
    private const long SlackBytes = 1024L * 1024 * 1024;

    private readonly ZipArchive _zip;

    private ExportArchive(ZipArchive zip) => _zip = zip;

    public IReadOnlyList<string> Notes => [];

    public static ExportArchive Open(string file)
    {
        ZipArchive zip;
        try
        {
            zip = ZipFile.OpenRead(file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw Fault($"it cannot be read: {e.Message}", e);
        }

        try
        {
            Check(zip, new FileInfo(file).Length);
            return new ExportArchive(zip);
        }
        catch (Exception e)
        {
            zip.Dispose();
            throw e is InvalidDataException ? Fault($"it cannot be read: {e.Message}", e) : e;
        }
    }

    public async IAsyncEnumerable<TransferRecord> TrackingAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var entry = _zip.GetEntry(Records)!;
        await using var stream = ExportEntry.Open(entry);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var number = 0L;
        await foreach (var line in LinesAsync(reader, cancellation))
        {
            yield return TransferJson.Read(line, ++number);
        }
    }

    public async IAsyncEnumerable<TransferRecord> RegistryAsync(
        TransferPlaces places,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Task.CompletedTask;
        yield break;
    }

    public IEnumerable<TransferFile> Files(TransferPlaces places)
    {
        foreach (var entry in _zip.Entries.Where(entry => entry.FullName != Records && !entry.FullName.EndsWith('/')))
        {
            var path = entry.FullName[FilesFolder.Length..];
            var at = path.IndexOf('/');
            yield return new TransferFile(path[..at], path[(at + 1)..], entry.Length, () => ExportEntry.Open(entry));
        }
    }

    public ValueTask DisposeAsync()
    {
        _zip.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Check(ZipArchive zip, long bytes)
    {
        if (zip.Entries.Count > EntriesMax)
        {
            throw Fault($"it has more than {EntriesMax} entries.");
        }

        if (zip.GetEntry(Records) is null)
        {
            throw Fault($"it has no {Records}.");
        }

        var total = 0L;
        foreach (var entry in zip.Entries)
        {
            if (entry.FullName != Records && !IsPlain(entry.FullName))
            {
                throw Fault($"it has an entry '{entry.FullName}', which belongs to no export.");
            }

            total += entry.Length;
            if (entry.Length < 0 || total < 0 || total > SlackBytes + (bytes * RatioMax))
            {
                throw Fault("what it unpacks to is too much for its size.");
            }
        }

        // Records go out while they are read: so they are read once before. A file is whole or not there by itself.
        using var records = ExportEntry.Open(zip.GetEntry(Records)!);
        records.CopyTo(Stream.Null);
    }

    private static bool IsPlain(string name)
    {
        if (!name.StartsWith(FilesFolder, StringComparison.Ordinal) || name.AsSpan().IndexOfAny('\\', '\0') >= 0)
        {
            return false;
        }

        var parts = name.TrimEnd('/').Split('/');
        return (parts.Length >= 3 || name.EndsWith('/')) && parts.All(part => part is not ("" or "." or ".."));
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        StreamReader reader,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var buffer = new char[64 * 1024];
        var line = new StringBuilder();
        while (await reader.ReadAsync(buffer, cancellation) is var count and > 0)
        {
            for (var start = 0; start < count; )
            {
                var end = Array.IndexOf(buffer, '\n', start, count - start);
                line.Append(buffer, start, (end < 0 ? count : end) - start);
                if (line.Length > LineCharsMax)
                {
                    throw Fault("one of its records is too long.");
                }

                start = end < 0 ? count : end + 1;
                if (end >= 0 && line.Length > 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    private static RondoException Fault(string why, Exception? inner = null) =>
        new(
            ErrorCode.InvalidArgument,
            $"This is no export of Rondo: {why}",
            "Exports are written by 'rondo tracking export'. Nothing was written.",
            inner
        );
}
