using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Events;

namespace Rondo.Serving.Routing;

/// <summary>Keeps the routes of this server up to date, whichever server changed the table.</summary>
internal sealed class EndpointLoaderService(
    EndpointLoader loader,
    EventLog log,
    TimeProvider time,
    ILogger<EndpointLoaderService> logger
) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var beat = log.Beat;
                // A failure waits for its interval: new events must not spin it.
                await (
                    await RefreshAsync()
                        ? log.WaitAsync(beat, s_interval, stoppingToken)
                        : Task.Delay(s_interval, time, stoppingToken)
                );
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<bool> RefreshAsync()
    {
        try
        {
            await loader.RefreshAsync();
            return true;
        }
        catch (Exception e)
        {
            // The last routes go on serving.
            logger.LogError(e, "The routes could not be brought up to date");
            return false;
        }
    }
}
