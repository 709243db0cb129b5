using Rondo.Kernel.Db;

namespace Rondo.Tracking.Runs;

/// <summary>A run as its belongings stand by it: its number, the id by which others call it, and its experiment.</summary>
internal readonly record struct RunKey(long Number, string Id, long Experiment)
{
    /// <summary>A number for a run that is about to be made; nobody else ever gets it.</summary>
    public static ValueTask<long> NextNumberAsync(Transaction transaction) =>
        transaction.ScalarAsync<long>(transaction.Dialect.NextOf("tracking_run_number"));
}
