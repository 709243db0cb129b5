using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Artifacts;

/// <summary>The run or logged model whose files stand at a path, wherever it was moved, and where its experiment stands.</summary>
internal sealed record ArtifactOwner(string Kind, string Id, string Place)
{
    /// <summary>The owner of what is at a path behind the artifact proxy; null where no run or logged model has its files there.</summary>
    public static async ValueTask<ArtifactOwner?> FindAsync(Session session, string path)
    {
        var parts = path.Split('/');
        // The first run or model on the way down owns what is below: whoever puts another there puts it into what is theirs.
        for (var i = 1; i < parts.Length; i++)
        {
            if (
                parts[i] == "artifacts"
                && await FindAsync(session, parts[i - 1], string.Join('/', parts[..(i + 1)])) is { } owner
            )
            {
                return owner;
            }
        }

        return null;
    }

    private static async ValueTask<ArtifactOwner?> FindAsync(Session session, string id, string root) => (
            await session.QueryAsync<(string Kind, string Place, string Address)>(
                """
                select 'run' as kind, e.path, r.artifact_uri from tracking_run r
                join tracking_experiment e on e.id = r.experiment where r.id = @id
                union all
                select 'logged model' as kind, e.path, m.artifact_uri from tracking_logged_model m
                join tracking_experiment e on e.id = m.experiment where m.id = @id
                """,
                new { id }
            )
        ).Where(found => TransferAddress.IsProxied(found.Address) && IsAt(found.Address, root)).Select(found => new ArtifactOwner(found.Kind, id, found.Place)).FirstOrDefault();

    // What leads to another server keeps nothing here.
    private static bool IsAt(string address, string root)
    {
        try
        {
            return ArtifactAddress.PathOf(address).Trim('/') == root;
        }
        catch (Refusal)
        {
            return false;
        }
    }
}
