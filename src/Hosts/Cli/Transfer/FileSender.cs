using System.Globalization;
using Rondo.Cli.Api;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>Sends files to their places on a server, save those of the same size that are there. Without a server they are only counted.</summary>
internal sealed class FileSender(RondoApi? api, TransferTally tally, Action<string> progress)
{
    private const int ProgressEvery = 100;

    private readonly ProxyFolders? _folders = api is null ? null : new ProxyFolders(api);

    public async Task SendAsync(IEnumerable<TransferFile> files, TransferPlaces places, CancellationToken cancellation)
    {
        foreach (var file in files)
        {
            tally.Read(TransferTally.Files, 1);
            if (places.Of(file.Owner) is not { } place || !TransferAddress.IsProxied(place))
            {
                places.Refuse(
                    TransferTally.Files,
                    $"{file.Owner}/{file.Path}",
                    "Its run or logged model was not brought."
                );
            }
            else if (api is not null)
            {
                await SendAsync(file, ProxyFolders.PathOf(place), places, cancellation);
            }

            if (tally.ReadOf(TransferTally.Files) % ProgressEvery == 0)
            {
                progress(
                    string.Create(CultureInfo.InvariantCulture, $"{tally.ReadOf(TransferTally.Files)} files are there")
                );
            }
        }
    }

    private async Task SendAsync(TransferFile file, string root, TransferPlaces places, CancellationToken cancellation)
    {
        var path = $"{root}/{file.Path}";
        try
        {
            var there = await _folders!.SizeAsync(path, cancellation);
            if (there != file.Length)
            {
                await using var content = file.Open();
                await api!.PutStreamAsync(ProxyFolders.AddressOf(path), content, cancellation);
            }

            tally.Report.Count(
                TransferTally.Files,
                there == file.Length ? new TransferCount(0, 0, 1)
                    : there is null ? new TransferCount(1, 0, 0)
                    : new TransferCount(0, 1, 0)
            );
        }
        catch (RondoException e) when (e.Code is ErrorCode.InvalidArgument or ErrorCode.NotFound)
        {
            places.Refuse(TransferTally.Files, path, e.What);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            places.Refuse(TransferTally.Files, path, e.Message);
        }
    }
}
