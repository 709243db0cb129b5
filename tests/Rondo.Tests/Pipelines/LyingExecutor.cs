using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Says one digest and writes other bytes.</summary>
internal sealed class LyingExecutor : IExecutor
{
    private readonly ExecutorRoom _room = new(new PipelinesOptions { LocalAttemptsMax = 1 });

    public int Capacity => 1;

    public IDisposable? TryReserve(ResourcesManifest? resources) => _room.TryReserve(resources);

    public void Require(ResourcesManifest? resources) => _room.Require(resources);

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(Path.Combine(attempt.Request.StagingFolder, "value"), "other", cancellation);
        var output = new ProducedArtifact(ArtifactTypes.Json, new string('b', 64), 5, "value", null);
        return new StepResult(
            StepOutcome.Succeeded,
            new Dictionary<string, ProducedArtifact> { ["value"] = output },
            new Dictionary<string, double>(),
            null,
            null,
            null
        );
    }
}
