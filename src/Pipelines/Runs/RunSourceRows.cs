using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Runs;

/// <summary>The outputs of a run's sources, which are there from the start.</summary>
internal static class RunSourceRows
{
    private const string Port = "value";

    public static ValueTask InsertAsync(Transaction transaction, RunInfo run) =>
        InsertAsync(
            transaction,
            run.Id,
            JsonSerializer.Deserialize<Dictionary<string, RunSource>>(run.Sources, RondoJson.Options)!
        );

    public static ValueTask InsertAsync(
        Transaction transaction,
        string runId,
        IReadOnlyDictionary<string, RunSource> sources
    ) =>
        RowInsert.IntoAsync(
            transaction,
            "pipelines_output",
            ["run_id", "node_id", "template", "port", "type", "digest", "size"],
            sources.Select(source =>
                new object?[]
                {
                    runId,
                    source.Key,
                    source.Key,
                    Port,
                    source.Value.Artifact.Type,
                    source.Value.Artifact.Digest,
                    source.Value.Artifact.Size,
                }
            )
        );
}
