using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// In a run on samples a connector is not asked: the sample of the dataset that it adds to stands for what it would read. So a build can
/// try its pipeline without the database, and without the secret that opens it.
/// </summary>
internal static class LocalConnectors
{
    /// <summary>What runs in the place of steps: what a test gives, and beside it the samples of connectors.</summary>
    public static IReadOnlyDictionary<string, Func<StepCall, Task>> StandIns(
        MlApp app,
        PipelineManifest pipeline,
        LocalData data,
        IReadOnlyDictionary<string, Func<StepCall, Task>> given
    )
    {
        var all = new Dictionary<string, Func<StepCall, Task>>(given, StringComparer.Ordinal);
        foreach (var node in pipeline.Nodes)
        {
            if (
                node is { Outputs: [{ Type: ArtifactTypes.NewRows } port], Additions: [var addition] }
                && app.Datasets.FirstOrDefault(dataset => dataset.Name == addition.Dataset) is { } dataset
                && data.StandsIn(dataset)
            )
            {
                all.TryAdd(
                    node.Id,
                    call => call.Write(port.Port, NewRows.StandIn(data.Files(dataset)), Sdk.Artifacts.NewRows)
                );
            }
        }
        return all;
    }
}
