using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Serving;

namespace Rondo.Monitoring.Predictions;

/// <summary>Empties the queue into the database, as much at a time as waits there.</summary>
internal sealed class PredictionLogWriter(
    PredictionLog log,
    PredictionStore predictions,
    MonitoringOptions options,
    TimeProvider time,
    ILogger<PredictionLogWriter> logger
) : BackgroundService
{
    private const int AttemptsMax = 3;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(10);

    // The queue is emptied to its end when the server stops: what was answered is written down.
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        log.Close();
        if (ExecuteTask is { } task)
        {
            await task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var batch = new List<LoggedPrediction>(options.PredictionsPerWriteMax);
        while (await log.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < options.PredictionsPerWriteMax && log.Reader.TryRead(out var prediction))
            {
                batch.Add(prediction);
            }

            await WriteAsync(batch);

            // The first prediction after a pause is written at once; under load a commit then serves all that came meanwhile.
            // How long that is concerns the disk, not what is predicted: it is the machine's time.
            await Task.Delay(s_gather, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task WriteAsync(List<LoggedPrediction> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await predictions.WriteAsync(batch);
                log.Flushed(batch.Count);
                return;
            }
            catch (Exception e) when (attempt < AttemptsMax)
            {
                logger.LogWarning(e, "{Count} predictions could not be written: trying again", batch.Count);
                await Task.Delay(s_pause, time);
            }
            catch (Exception e)
            {
                logger.LogError(e, "{Count} predictions are lost: they could not be written", batch.Count);
                log.Flushed(batch.Count, lost: true);
                return;
            }
        }
    }
}
