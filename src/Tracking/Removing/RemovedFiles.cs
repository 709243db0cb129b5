using Microsoft.Extensions.Hosting;

namespace Rondo.Tracking.Removing;

/// <summary>Files whose rows a server removed before it died are removed when the next one starts; a fault of the disk does not keep it from starting.</summary>
internal sealed class RemovedFiles(DeletedRemoval removal) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await removal.RemoveFilesAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are tried again at the next start.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
