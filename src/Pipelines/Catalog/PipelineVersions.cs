using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>
/// Deployed manifests by the digest of their content, kept parsed: a decision about one node of a large graph must not parse all
/// of it again.
/// </summary>
internal sealed class PipelineVersions
{
    private const int KeptMax = 64;

    private readonly ConcurrentDictionary<string, PipelineGraph> _kept = new(StringComparer.Ordinal);

    public static (string Id, string Body) Of(PipelineManifest pipeline)
    {
        var body = JsonSerializer.Serialize(pipeline, RondoJson.Options);
        return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))), body);
    }

    public async ValueTask<PipelineGraph> GetAsync(Session session, string id)
    {
        if (_kept.TryGetValue(id, out var known))
        {
            return known;
        }

        var body =
            await session.ScalarAsync<string>("select body from pipelines_version where id = @id", new { id })
            ?? throw new RondoException(ErrorCode.Internal, $"Pipeline version {id} is missing.");
        var graph = new PipelineGraph(JsonSerializer.Deserialize<PipelineManifest>(body, RondoJson.Options)!);
        if (_kept.Count >= KeptMax)
        {
            _kept.Clear();
        }

        _kept[id] = graph;
        return graph;
    }
}
