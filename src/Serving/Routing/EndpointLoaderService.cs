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
        using var listener = log.Listen(Concerns);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                listener.Forget();
                // A failure waits for its interval: new events must not spin it.
                await (
                    await RefreshAsync()
                        ? listener.WaitAsync(s_interval, stoppingToken)
                        : Task.Delay(s_interval, time, stoppingToken)
                );
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // What runs and steps go through changes no route.
    private static bool Concerns(string kind) =>
        !kind.StartsWith("step.", StringComparison.Ordinal) && !kind.StartsWith("run.", StringComparison.Ordinal);

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
