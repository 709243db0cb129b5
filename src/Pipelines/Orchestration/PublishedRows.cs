using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Datasets.Arrivals;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Hands rows that a step adds to datasets over in the transaction that publishes them.</summary>
internal sealed class PublishedRows(DatasetArrivals arrivals)
{
    private const int NameDigits = 32;

    public async ValueTask PublishAsync(Transaction transaction, ClaimedStep step, StepEnd end)
    {
        foreach (var addition in step.Plan.Node.Additions)
        {
            if (end.Outputs.FirstOrDefault(output => output.Port == addition.Port) is not { } output)
            {
                continue;
            }

            await arrivals.RecordAsync(
                transaction,
                new DatasetArrival(
                    $"{step.Run.Id}/{step.NodeId}/{addition.Port}/{addition.Dataset}",
                    new DatasetPlace(step.Run.Project, step.Run.Environment, addition.Dataset),
                    // The same rows have the same name: those that an earlier run has made and added are not added again.
                    addition.File
                        ?? $"rows-{output.Artifact.Digest.AsSpan(0, NameDigits)}.parquet",
                    output.Artifact,
                    Sources(step.Run),
                    step.Run.Id
                )
            );
        }
    }

    private static List<string> Sources(RunInfo run) =>
        [
            .. JsonSerializer
                .Deserialize<Dictionary<string, RunSource>>(run.Sources, RondoJson.Options)!
                .Values.Where(source => source.Kind == NodeKind.Dataset)
                .Select(source => source.VersionId)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
}
