using System.Security.Cryptography;
using System.Text;
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
    private const int FileNameMax = 128;

    public async ValueTask PublishAsync(Transaction transaction, ClaimedStep step, StepEnd end)
    {
        foreach (var addition in step.Plan.Node.Additions)
        {
            var output = end.Outputs.FirstOrDefault(output => output.Port == addition.Port);
            // What an earlier run has made was added by it; only a file that is replaced may have been replaced since.
            if (output is null || (end.ReusedFrom is not null && addition.File is null))
            {
                continue;
            }

            await arrivals.RecordAsync(
                transaction,
                new DatasetArrival(
                    $"{step.Run.Id}/{step.NodeId}/{addition.Port}/{addition.Dataset}",
                    new DatasetPlace(step.Run.Project, step.Run.Environment, addition.Dataset),
                    addition.File ?? FileName(step, addition),
                    output.Artifact,
                    Sources(step.Run),
                    step.Run.Id
                )
            );
        }
    }

    private static string FileName(ClaimedStep step, AdditionManifest addition)
    {
        var name = $"{step.Run.Id}.{step.NodeId}.{addition.Port}";
        const string ending = ".parquet";
        if (name.Length + ending.Length > FileNameMax)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            name = $"{step.Run.Id}.{digest.AsSpan(0, 16)}";
        }

        return name + ending;
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
