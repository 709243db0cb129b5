using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>An executor on whose attempts the state of the storage is not blamed: see <see cref="AttemptStorage"/>.</summary>
internal sealed class StorageGuard(IExecutor inner, AttemptStorage storage) : IExecutor
{
    public int Capacity => inner.Capacity;

    public IDisposable? TryReserve(ResourcesManifest? resources) =>
        storage.IsWritable() ? inner.TryReserve(resources) : null;

    public void Require(ResourcesManifest? resources) => inner.Require(resources);

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        StepResult result;
        try
        {
            result = await inner.RunAsync(attempt, log, cancellation);
        }
        catch (IOException e)
        {
            storage.ThrowIfNotWritable(e);
            throw;
        }

        if (result.Outcome == StepOutcome.Failed || result.ErrorType is not null)
        {
            storage.ThrowIfNotWritable();
        }

        if (result.ErrorType == $"{nameof(RondoException)}.{ErrorCode.DataCorrupt}")
        {
            await storage.SetCorruptAsideAsync(attempt.Request, cancellation);
        }

        return result;
    }
}
