using System.Threading.Channels;
using Rondo.Serving;

namespace Rondo.Monitoring.Predictions;

/// <summary>The queue between answering and writing down. Whoever hands over never waits.</summary>
internal sealed class PredictionLog(MonitoringOptions options) : IPredictionLog
{
    private readonly Channel<LoggedPrediction> _queue = Channel.CreateBounded<LoggedPrediction>(
        new BoundedChannelOptions(options.QueuedPredictionsMax) { SingleReader = true }
    );
    private readonly Lock _lock = new();
    private TaskCompletionSource _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _unflushed;
    private long _written;
    private long _lost;

    /// <summary>Predictions that were handed over and are not in the database yet.</summary>
    public long Unflushed => Interlocked.Read(ref _unflushed);

    /// <summary>Counts batches, so that a reader can tell whether there is something new.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Predictions that were taken but could not be written.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public ChannelReader<LoggedPrediction> Reader => _queue.Reader;

    public bool TryWrite(LoggedPrediction prediction)
    {
        Interlocked.Increment(ref _unflushed);
        if (_queue.Writer.TryWrite(prediction))
        {
            return true;
        }

        Interlocked.Decrement(ref _unflushed);
        return false;
    }

    /// <summary>Takes no more.</summary>
    public void Close() => _queue.Writer.TryComplete();

    /// <summary>Says that a batch is in the database, or lost for good.</summary>
    public void Flushed(int count, bool lost = false)
    {
        Interlocked.Add(ref _unflushed, -count);
        Interlocked.Increment(ref _written);
        if (lost)
        {
            Interlocked.Add(ref _lost, count);
        }

        lock (_lock)
        {
            _flushed.TrySetResult();
            _flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits until everything that was handed over is in the database.</summary>
    public async Task WaitFlushedAsync()
    {
        while (true)
        {
            Task next;
            lock (_lock)
            {
                next = _flushed.Task;
            }

            if (Unflushed == 0)
            {
                return;
            }

            await next;
        }
    }
}
