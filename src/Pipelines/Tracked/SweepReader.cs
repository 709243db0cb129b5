using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Tracked;

/// <summary>Reads what the sweeps of a run have found.</summary>
internal sealed class SweepReader(IBlobStore blobs)
{
    private const int SweepsMax = 100;
    private const long BytesMax = 32 * 1024 * 1024;

    /// <summary>The sweeps of a run by the groups that hold them. One whose report is not whole is left out: a run has ended without it, too.</summary>
    public async ValueTask<IReadOnlyList<FoundSweep>> ReadAsync(Transaction transaction, string run)
    {
        var outputs = await transaction.QueryAsync<(string Node, string Digest)>(
            """
            select node_id, digest from pipelines_output
            where run_id = @run and type = @SweepReport and size <= @BytesMax order by node_id limit @SweepsMax
            """,
            new
            {
                run,
                ArtifactTypes.SweepReport,
                BytesMax,
                SweepsMax,
            }
        );
        var found = new List<FoundSweep>();
        // A step that passes a report on has found nothing itself.
        foreach (
            var group in outputs
                .DistinctBy(output => (GroupOf(output.Node), output.Digest))
                .GroupBy(output => GroupOf(output.Node), StringComparer.Ordinal)
        )
        {
            foreach (var (node, digest) in group)
            {
                if (await ReportAsync(digest) is { } report)
                {
                    found.Add(new FoundSweep(group.Count() == 1 ? group.Key : node, report));
                }
            }
        }

        return found;
    }

    // The step that ranks the trials stands in the sweep's own group; where several do, each has its own name.
    private static string GroupOf(string node) => node.LastIndexOf('.') is > 0 and var end ? node[..end] : node;

    private async Task<SweepReport?> ReportAsync(string digest)
    {
        try
        {
            return JsonSerializer.Deserialize<SweepReport>(await blobs.ReadAsync(digest), RondoJson.Options);
        }
        catch (Exception e) when (e is JsonException or RondoException)
        {
            return null;
        }
    }
}

/// <summary>A sweep by the name of its group in the run.</summary>
internal sealed record FoundSweep(string Name, SweepReport Report);
