using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>
/// Deployed manifests by the digest of their content, kept parsed: a decision about one node of a large graph must not parse all
/// of it again.
/// </summary>
internal sealed class PipelineVersions(Database database)
{
    private const int KeptMax = 64;

    private readonly ConcurrentDictionary<string, PipelineShape> _kept = new(StringComparer.Ordinal);

    /// <summary>Writes a version down, once for each content: its manifest, its nodes, and who waits for whom.</summary>
    public async ValueTask<string> AddAsync(Transaction transaction, PipelineManifest pipeline)
    {
        var body = JsonSerializer.Serialize(pipeline, RondoJson.Options);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        var made = await transaction.ExecuteAsync(
            "insert into pipelines_version (id, body) values (@id, @body) on conflict do nothing",
            new { id, body }
        );
        if (
            made == 1
            || await transaction.ScalarAsync<long>(
                "select count(*) from pipelines_node where version_id = @id",
                new { id }
            ) == 0
        )
        {
            await VersionRows.InsertAsync(transaction, id, new PipelineShape(pipeline));
        }

        return id;
    }

    public async ValueTask<PipelineShape> GetAsync(string id) =>
        _kept.TryGetValue(id, out var known)
            ? known
            : await database.ReadAsync(async session => await GetAsync(session, id));

    public async ValueTask<PipelineShape> GetAsync(Session session, string id)
    {
        if (_kept.TryGetValue(id, out var known))
        {
            return known;
        }

        var body =
            await session.ScalarAsync<string>("select body from pipelines_version where id = @id", new { id })
            ?? throw new RondoException(ErrorCode.Internal, $"Pipeline version {id} is missing.");
        var shape = new PipelineShape(JsonSerializer.Deserialize<PipelineManifest>(body, RondoJson.Options)!);
        if (_kept.Count >= KeptMax)
        {
            _kept.Clear();
        }

        _kept[id] = shape;
        return shape;
    }
}
