using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Events;

namespace Rondo.Serving.Routing;

/// <summary>Keeps the routes of this server up to date, whichever server changed the table.</summary>
internal sealed class EndpointLoaderService(EndpointLoader loader, EventLog log, ILogger<EndpointLoaderService> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // A failure waits for its interval: new events must not spin it.
                var seen = await RefreshAsync();
                await log.WaitAsync(seen, s_interval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<long> RefreshAsync()
    {
        try
        {
            var head = await log.HeadAsync();
            await loader.RefreshAsync();
            return head;
        }
        catch (Exception e)
        {
            // The last routes go on serving.
            logger.LogError(e, "The routes could not be brought up to date");
            return long.MaxValue;
        }
    }
}
