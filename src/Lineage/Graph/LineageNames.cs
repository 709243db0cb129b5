using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Graph;

/// <summary>What people call artifacts, written down once.</summary>
internal static class LineageNames
{
    public static async ValueTask RecordAsync(
        Transaction transaction,
        string kind,
        string name,
        ArtifactRef artifact,
        string runId
    )
    {
        await RecordArtifactsAsync(transaction, [artifact]);
        await transaction.ExecuteAsync(
            """
            insert into lineage_name (name, artifact_id, run_id, kind) values (@name, @artifact, @runId, @kind)
            on conflict do nothing
            """,
            new
            {
                name,
                artifact = LineageStore.ArtifactId(artifact),
                runId,
                kind,
            }
        );
    }

    // In one order everywhere: two that record the same artifacts at once wait for each other, and not in a circle.
    public static async ValueTask RecordArtifactsAsync(Transaction transaction, IEnumerable<ArtifactRef> artifacts) =>
        await transaction.ExecuteManyAsync(
            """
            insert into lineage_artifact (id, type, digest, size) values (@id, @type, @digest, @size)
            on conflict (id) do update set size = excluded.size where lineage_artifact.size = 0
            """,
            ["id", "type", "digest", "size"],
            artifacts
                .Select(artifact =>
                    new object?[] { LineageStore.ArtifactId(artifact), artifact.Type, artifact.Digest, artifact.Size }
                )
                .DistinctBy(row => row[0])
                .OrderBy(row => (string)row[0]!, StringComparer.Ordinal)
        );
}
