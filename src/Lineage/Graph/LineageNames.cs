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
        await RecordArtifactAsync(transaction, artifact);
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

    public static async ValueTask RecordArtifactAsync(Transaction transaction, ArtifactRef artifact) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_artifact (id, type, digest, size) values (@id, @Type, @Digest, @Size)
            on conflict (id) do update set size = excluded.size where lineage_artifact.size = 0
            """,
            new
            {
                id = LineageStore.ArtifactId(artifact),
                artifact.Type,
                artifact.Digest,
                artifact.Size,
            }
        );
}
