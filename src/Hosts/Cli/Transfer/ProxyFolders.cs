using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The folders behind a server's artifact proxy.</summary>
internal sealed class ProxyFolders(RondoApi api)
{
    private const string Base = "/api/2.0/mlflow-artifacts/artifacts";
    private const int FilesMax = 1_000_000;

    // The folder that was asked for last: files come folder by folder.
    private string? _folder;
    private Dictionary<string, long> _sizes = [];

    /// <summary>The path behind the proxy that an address means.</summary>
    public static string PathOf(string address) =>
        Uri.UnescapeDataString(address[TransferAddress.Proxy.Length..].TrimStart('/')).TrimEnd('/');

    /// <summary>Where a file is read and written.</summary>
    public static string AddressOf(string path) =>
        $"{Base}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>The size of a file; null where it is not there.</summary>
    public async Task<long?> SizeAsync(string path, CancellationToken cancellation)
    {
        var at = path.LastIndexOf('/');
        var folder = path[..at];
        if (folder != _folder)
        {
            _sizes = (await ListAsync(folder, cancellation))
                .Where(entry => entry.Size is not null)
                .ToDictionary(entry => entry.Name, entry => entry.Size!.Value, StringComparer.Ordinal);
            _folder = folder;
        }

        return _sizes.TryGetValue(path[(at + 1)..], out var size) ? size : null;
    }

    /// <summary>All files below a folder, by their paths from there.</summary>
    public async Task<IReadOnlyList<(string Path, long Size)>> AllAsync(string root, CancellationToken cancellation)
    {
        var files = new List<(string, long)>();
        var folders = new Queue<string>([""]);
        while (folders.TryDequeue(out var folder))
        {
            foreach (var (name, size) in await ListAsync($"{root}/{folder}".TrimEnd('/'), cancellation))
            {
                var path = folder.Length == 0 ? name : $"{folder}/{name}";
                if (size is { } bytes)
                {
                    files.Add((path, bytes));
                }
                else
                {
                    folders.Enqueue(path);
                }

                if (files.Count + folders.Count > FilesMax)
                {
                    throw new RondoException(ErrorCode.ResourceExhausted, $"{root} has more than {FilesMax} files.");
                }
            }
        }

        return files;
    }

    private async Task<IReadOnlyList<(string Name, long? Size)>> ListAsync(
        string folder,
        CancellationToken cancellation
    )
    {
        var answer = await api.GetAsync($"{Base}?path={Uri.EscapeDataString(folder)}", cancellation);
        return answer.At("files") is { ValueKind: JsonValueKind.Array } files
            ?
            [
                .. files
                    .EnumerateArray()
                    .Select(file => (file.Text("path") ?? "", file.Text("is_dir") == "yes" ? null : SizeOf(file))),
            ]
            : [];
    }

    private static long? SizeOf(JsonElement file) => file.At("file_size") is { } size ? size.GetInt64() : 0;
}
