using System.Globalization;
using System.IO.Compression;
using System.Text;
using Rondo.Cli.Api;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>Writes an experiment of a server into one file: its records, and the files that the server keeps of it.</summary>
internal sealed class ExperimentExport(RondoApi api, Action<string> progress)
{
    private const int ProgressEvery = 100;

    // The same content makes the same entries.
    private static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, string> _roots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Writes the file and says how much of each kind is in it. It is there whole or not at all.</summary>
    public async Task<IReadOnlyDictionary<string, long>> WriteAsync(
        string experiment,
        string file,
        CancellationToken cancellation
    )
    {
        if (File.Exists(file))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{Path.GetFullPath(file)} is there already.",
                "Name another file, or remove it first."
            );
        }

        var unfinished = file + ".unfinished";
        try
        {
            await using (var stream = File.Create(unfinished))
            {
                await using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
                await WriteRecordsAsync(zip, experiment, cancellation);
                await WriteFilesAsync(zip, cancellation);
            }

            File.Move(unfinished, file);
        }
        finally
        {
            File.Delete(unfinished);
        }

        return _counts;
    }

    private async Task WriteRecordsAsync(ZipArchive zip, string experiment, CancellationToken cancellation)
    {
        await using var entry = Entry(zip, ExportArchive.Records);
        await api.ReadStreamAsync(
            $"/api/v1/tracking/export?experiment={Uri.EscapeDataString(experiment)}",
            async stream =>
            {
                using var reader = new StreamReader(stream, Encoding.UTF8);
                while (await reader.ReadLineAsync(cancellation) is { } line)
                {
                    await WriteAsync(entry, TransferJson.Read(line, 1 + _counts.Values.Sum()), cancellation);
                }
            },
            cancellation
        );
    }

    private async Task WriteAsync(Stream entry, TransferRecord record, CancellationToken cancellation)
    {
        switch (record)
        {
            case RunRecord { ArtifactUri: { } root } run when TransferAddress.IsProxied(root):
                _roots[run.Id] = root;
                break;
            case LoggedModelRecord { ArtifactUri: { } root } model when TransferAddress.IsProxied(root):
                _roots[model.Id] = root;
                break;
        }

        await entry.WriteAsync(TransferJson.Line(record), cancellation);
        entry.WriteByte((byte)'\n');
        var count = record switch
        {
            PointsRecord points => points.Points.Count,
            ModelPointsRecord points => points.Points.Count,
            _ => 1,
        };
        Count(record.Kind, count);
    }

    private async Task WriteFilesAsync(ZipArchive zip, CancellationToken cancellation)
    {
        var folders = new ProxyFolders(api);
        foreach (var (owner, root) in _roots)
        {
            var path = ProxyFolders.PathOf(root);
            foreach (var (name, _) in await folders.AllAsync(path, cancellation))
            {
                await using var entry = Entry(zip, $"{ExportArchive.FilesFolder}{owner}/{name}");
                await api.ReadStreamAsync(
                    ProxyFolders.AddressOf($"{path}/{name}"),
                    stream => stream.CopyToAsync(entry, cancellation),
                    cancellation
                );
                Count(TransferTally.Files, 1);
                if (_counts[TransferTally.Files] % ProgressEvery == 0)
                {
                    progress(
                        string.Create(CultureInfo.InvariantCulture, $"{_counts[TransferTally.Files]} files are in it")
                    );
                }
            }
        }
    }

    private void Count(string kind, long count) => _counts[kind] = _counts.GetValueOrDefault(kind) + count;

    private static Stream Entry(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = s_time;
        return entry.Open();
    }
}
