using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Closures;

/// <summary>
/// Two walks tell what a model was made from and what it was judged with: one from the model itself through everything, one from the
/// record of its evaluation, which names other models and goes no further.
/// </summary>
internal sealed class ClosureReader(Database database, IBlobStore blobs)
{
    private const int FilesMax = 100_000;

    public async Task<LineageClosure> ReadAsync(string asked)
    {
        var (root, made, judged) = await database.ReadAsync(async session =>
        {
            var found = await LineageRoot.RequireAsync(session, asked);
            var isModel = found.Kind is LineageKinds.ModelVersion or LineageKinds.Endpoint;
            var plan = new WalkPlan(LineageDirection.Up, Through: true, isModel ? WalkPlan.ModelOnly : "%");
            return (
                found,
                await LineageWalk.OfAsync(session, found, plan),
                isModel ? await LineageWalk.OfAsync(session, found, new WalkPlan(LineageDirection.Up)) : null
            );
        });
        var list = new Dictionary<(string Kind, string Id, string? Detail), LineageDependency>();
        await AddAsync(list, made, LineageDependency.Made);
        if (judged is not null)
        {
            await AddAsync(list, judged, LineageDependency.Judged);
        }

        var cut = made.Cut ?? judged?.Cut ?? (list.Count >= FilesMax ? $"after {FilesMax} files" : null);
        return new LineageClosure(
            root.Id,
            root.Kind,
            [
                .. list
                    .Values.OrderBy(item => item.Kind, StringComparer.Ordinal)
                    .ThenByDescending(item => item.Role, StringComparer.Ordinal)
                    .ThenBy(item => item.Id, StringComparer.Ordinal)
                    .ThenBy(item => item.Detail, StringComparer.Ordinal),
            ],
            cut is not null,
            cut
        );
    }

    private async Task AddAsync(
        Dictionary<(string Kind, string Id, string? Detail), LineageDependency> list,
        LineageWalk walk,
        string role
    )
    {
        foreach (var run in walk.Runs)
        {
            Add(new LineageDependency(LineageKinds.Run, run.Id, role, $"{run.Pipeline} in {run.Environment}"));
            Add(new LineageDependency(LineageKinds.Commit, run.Commit, role));
            Add(new LineageDependency(LineageKinds.Package, run.Package, role));
        }

        foreach (var execution in walk.Executions)
        {
            Add(new LineageDependency("code", execution.CodeDigest, role, execution.Step));
        }

        // Equal bytes may be called by another run's model version: what this run made itself does not depend on that one.
        var outputs = walk.Events.Where(e => !e.IsInput).Select(e => (e.ArtifactId, e.RunId)).ToHashSet();
        var made = outputs.Select(output => output.ArtifactId).ToHashSet(StringComparer.Ordinal);
        foreach (var name in walk.Names.Where(name => name.Name != walk.Root.Id))
        {
            if (made.Contains(name.ArtifactId) && !outputs.Contains((name.ArtifactId, name.RunId)))
            {
                continue;
            }

            Add(new LineageDependency(name.Kind, name.Name, role) { DeletedAt = Time(name.DeletedAt) });
        }

        foreach (var (digest, size) in DatasetsOf(walk))
        {
            await AddFilesAsync(digest, size);
        }

        void Add(LineageDependency item) => list.TryAdd((item.Kind, item.Id, item.Detail), item);

        async Task AddFilesAsync(string digest, long size)
        {
            if (list.Count >= FilesMax || await ContentAsync(digest) is not { } content)
            {
                Add(new LineageDependency("file", digest, role, "the list of files, whose bytes are gone", size));
                return;
            }

            foreach (var file in content.Files)
            {
                Add(new LineageDependency("file", file.Digest, role, $"{content.Dataset}/{file.Name}", file.Size));
            }
        }
    }

    private static IEnumerable<(string Digest, long Size)> DatasetsOf(LineageWalk walk)
    {
        const string type = ArtifactTypes.DatasetVersion + ":";
        var sizes = walk
            .Events.Where(e => e.ArtifactId.StartsWith(type, StringComparison.Ordinal))
            .DistinctBy(e => e.ArtifactId, StringComparer.Ordinal)
            .ToDictionary(e => e.ArtifactId, e => e.Size, StringComparer.Ordinal);
        return sizes
            .Keys.Concat(walk.RootArtifacts.Where(id => id.StartsWith(type, StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal)
            .Select(id => (id[type.Length..], sizes.GetValueOrDefault(id)));
    }

    // What was deleted may have lost its bytes: the list says so, and goes on.
    private async Task<DatasetVersionContent?> ContentAsync(string digest)
    {
        try
        {
            return JsonSerializer.Deserialize<DatasetVersionContent>(await blobs.ReadAsync(digest), RondoJson.Options);
        }
        catch (RondoException e) when (e.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(long? ms) => ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
