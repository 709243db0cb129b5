using Microsoft.Extensions.Hosting;

namespace Rondo.Tracking.Artifacts;

/// <summary>
/// An upload is a file of its own until it is whole; a server that is killed leaves it behind. Those that nobody has written to
/// for a day are removed when a server starts; a fault of the disk is not a reason for it not to start.
/// </summary>
internal sealed class UnfinishedUploads(ArtifactFolder folder, TimeProvider time) : IHostedService
{
    private static readonly TimeSpan s_untouched = TimeSpan.FromDays(1);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            folder.RemoveUnfinished(time.GetUtcNow() - s_untouched);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are tried again at the next start.
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
