using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Registry.Versions;
using Rondo.Retention;

namespace Rondo.Registry.Deletion;

/// <summary>
/// The bytes of every version that was not deleted, and of the proposal that it was registered by; and for those that serve, or may
/// be rolled back to, everything that they were made from.
/// </summary>
internal sealed class ModelReferences(Database database, LineageHolds holds) : IBlobReferences
{
    private const int RowsPerRound = 500;

    private volatile IReadOnlySet<string> _protected = new HashSet<string>(StringComparer.Ordinal);

    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await CompleteAsync(cancellation);
        _protected = await database.ReadAsync(ProtectedAsync, cancellation);
    }

    public async ValueTask<IReadOnlyCollection<string>> NeededAsync(Session session, IReadOnlyList<string> digests)
    {
        var own = await session.QueryAsync<string>(
            """
            select artifact_digest from registry_version where artifact_digest in @digests and deleted_at is null
            union select proposal_digest from registry_version where proposal_digest in @digests and deleted_at is null
            """,
            new { digests }
        );
        return [.. own.Concat(digests.Where(_protected.Contains))];
    }

    private async Task<IReadOnlySet<string>> ProtectedAsync(Session session)
    {
        var after = "";
        var held = new List<string>();
        while (true)
        {
            var names = await session.QueryAsync<string>(
                "select id from registry_version where id > @after and deleted_at is null order by id limit @limit",
                new { after, limit = RowsPerRound }
            );
            held.AddRange(await holds.HeldModelsAsync(session, names));
            if (names.Count < RowsPerRound)
            {
                return await LineageStore.DigestsBehindAsync(session, held);
            }

            after = names[^1];
        }
    }

    // Rows of an earlier version of Rondo do not have their digests in columns.
    private async Task CompleteAsync(CancellationToken cancellation)
    {
        var more = true;
        while (more)
        {
            more = await database.WriteAsync(
                async transaction =>
                {
                    var rows = await transaction.QueryAsync<VersionRow>(
                        $"select {VersionRow.Columns} from registry_version where artifact_digest is null limit @limit",
                        new { limit = RowsPerRound }
                    );
                    foreach (var row in rows)
                    {
                        await transaction.ExecuteAsync(
                            "update registry_version set artifact_digest = @artifact, proposal_digest = @proposal where id = @Id",
                            new
                            {
                                row.Id,
                                artifact = row.ArtifactDigest,
                                proposal = row.ProposalDigest,
                            }
                        );
                    }

                    return rows.Count == RowsPerRound;
                },
                cancellation
            );
        }
    }
}
