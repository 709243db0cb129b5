using System.Text;
using Rondo.Pipelines;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>One dataset with one version.</summary>
internal sealed class SimulatedSources : IRunSources
{
    public static byte[] Bytes { get; } = Encoding.UTF8.GetBytes("""{"value":2}""");

    public static string Digest { get; } = StepFunction.DigestOf(Bytes);

    public Task<RunSource?> DatasetAsync(string project, string environment, string name) =>
        Task.FromResult<RunSource?>(
            new RunSource(
                NodeKind.Dataset,
                name,
                "ver_1",
                1,
                10,
                null,
                new ArtifactRef(ArtifactTypes.DatasetVersion, Digest, Bytes.Length)
            )
        );

    public Task<RunSource?> ServingModelAsync(string project, string environment, string model) =>
        Task.FromResult<RunSource?>(null);

    public Task RequireUsableAsync(string project, string environment, RunSource source) => Task.CompletedTask;
}
