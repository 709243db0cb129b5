using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// What a ready node finds at its ports. <see cref="Missing"/> says which artifact that it cannot do without does not exist;
/// <see cref="NeedsFailed"/> names what it needs and has failed.
/// </summary>
internal sealed record NodeInputs(
    IReadOnlyDictionary<string, ArtifactRef> Artifacts,
    IReadOnlyDictionary<(string Node, string Port), ArtifactRef> Tested,
    string? Missing,
    string? NeedsFailed
)
{
    private const int FannedInMax = 100_000;

    /// <summary>At most two statements, and two more for each list that is taken from a for-each.</summary>
    public static async Task<NodeInputs> ReadAsync(Session session, PipelineShape shape, ReadyStep ready, RunInfo run)
    {
        var node = shape[ready.Template];
        var items = shape.Items(ready.Template, ready.NodeId);
        string SourceOf(string from) => shape.SourceId(ready.Template, items, from, fanIn: false);

        if (run.FailsSlowly && await FailedAsync(session, shape, ready, items) is { } failed)
        {
            return new NodeInputs(s_none, s_nothing, null, failed);
        }

        var made = await MadeAsync(session, run.Id, SingleSources(node).Select(SourceOf));
        var artifacts = new Dictionary<string, ArtifactRef>(StringComparer.Ordinal);
        string? missing = null;
        foreach (var input in node.Inputs)
        {
            // A merge looks at every input, also after one that does not exist.
            var gone = input.FanIn
                ? await FanInAsync(session, shape, ready, input, artifacts)
                : Take(input, made.GetValueOrDefault((SourceOf(input.FromNode), input.FromPort)), artifacts);
            missing ??= gone;
        }

        if (node.ForEach is { FromNode: { } list } loop && !made.ContainsKey((SourceOf(list), loop.FromPort!)))
        {
            missing ??= $"There is no list ({list}.{loop.FromPort}).";
        }

        var tested = (node.Condition?.All ?? [])
            .Where(test => test.FromNode is not null)
            .DistinctBy(test => (test.FromNode, test.FromPort))
            .Where(test => made.ContainsKey((SourceOf(test.FromNode!), test.FromPort!)))
            .ToDictionary(
                test => (test.FromNode!, test.FromPort!),
                test => made[(SourceOf(test.FromNode!), test.FromPort!)]
            );
        return new NodeInputs(artifacts, tested, missing, null);
    }

    private static readonly IReadOnlyDictionary<string, ArtifactRef> s_none = new Dictionary<string, ArtifactRef>(
        StringComparer.Ordinal
    );

    private static readonly IReadOnlyDictionary<(string, string), ArtifactRef> s_nothing =
        new Dictionary<(string, string), ArtifactRef>();

    private static IEnumerable<string> SingleSources(NodeManifest node) =>
        node
            .Inputs.Where(input => !input.FanIn)
            .Select(input => input.FromNode)
            .Concat(node.Condition?.All.Select(test => test.FromNode).OfType<string>() ?? [])
            .Concat(node.ForEach?.FromNode is { } list ? [list] : []);

    private static async ValueTask<Dictionary<(string, string), ArtifactRef>> MadeAsync(
        Session session,
        string runId,
        IEnumerable<string> sources
    )
    {
        var nodes = sources.Distinct(StringComparer.Ordinal).ToList();
        if (nodes.Count == 0)
        {
            return [];
        }

        var rows = await session.QueryAsync<OutputRow>(
            $"""
            select node_id, port, type, digest, size from pipelines_output
            where run_id = @runId and {session.Dialect.IsAmong("node_id", "@nodes")}
            """,
            new { runId, nodes = JsonSerializer.Serialize(nodes) }
        );
        return rows.ToDictionary(
            output => (output.NodeId, output.Port),
            output => new ArtifactRef(output.Type, output.Digest, output.Size)
        );
    }

    // An artifact that does not exist is no entry; a step that can do without it is given one of type none.
    private static string? Take(InputManifest input, ArtifactRef? artifact, Dictionary<string, ArtifactRef> artifacts)
    {
        if (artifact is not null && (artifact.Type != ArtifactTypes.None || input.AllowNone))
        {
            artifacts[input.Port] = artifact;
            return null;
        }

        if (input.AllowNone)
        {
            artifacts[input.Port] = NoneArtifact.Reference;
            return null;
        }

        return $"There is no '{input.Port}' ({input.FromNode}.{input.FromPort}).";
    }

    private static async ValueTask<string?> FanInAsync(
        Session session,
        PipelineShape shape,
        ReadyStep ready,
        InputManifest input,
        Dictionary<string, ArtifactRef> artifacts
    )
    {
        var items = shape.Items(ready.Template, ready.NodeId);
        var loop = shape.SourceId(ready.Template, items, input.FromNode, fanIn: true);
        var arguments = new
        {
            ready.RunId,
            loop,
            input.FromNode,
            input.FromPort,
            limit = FannedInMax,
        };
        var count = await session.ScalarAsync<long?>(
            "select items from pipelines_step where run_id = @RunId and node_id = @loop and state = 'succeeded'",
            arguments
        );
        if (count is null)
        {
            return Take(input, null, artifacts);
        }

        var rows = await session.QueryAsync<FannedIn>(
            """
            select item, type, digest, size from pipelines_output
            where run_id = @RunId and loop_id = @loop and template = @FromNode and port = @FromPort order by item limit @limit
            """,
            arguments
        );
        var byItem = rows.ToDictionary(row => row.Item, row => new ArtifactRef(row.Type, row.Digest, row.Size));
        for (var item = 0L; item < count; item++)
        {
            var port = FormattableString.Invariant($"{input.Port}.{item}");
            if (Take(input with { Port = port }, byItem.GetValueOrDefault(item), artifacts) is { } missing)
            {
                return missing;
            }
        }

        return null;
    }

    // Where failures do not end the run, what needs a failed node is passed over, and what needs that, too.
    private static async ValueTask<string?> FailedAsync(
        Session session,
        PipelineShape shape,
        ReadyStep ready,
        IReadOnlyList<int> items
    )
    {
        var node = shape[ready.Template];
        var always = shape.Path(node.Id)[0].Always;
        var named = PipelineShape.References(node).Where(from => always == shape.Path(from)[0].Always).ToList();
        var needed = named
            .Select(from =>
                shape.SourceId(node.Id, items, from, fanIn: shape.Loops(from).Count > shape.SharedLoops(node.Id, from))
            )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (needed.Count == 0)
        {
            return null;
        }

        // What stands in a group that was passed over was never made: the group speaks for it.
        var around = named
            .SelectMany(from => shape.Path(from).SkipLast(1).Except(shape.Path(node.Id)))
            .Where(group => shape.Loops(group.Id).Count == shape.SharedLoops(node.Id, group.Id))
            .Select(group => shape.SourceId(node.Id, items, group.Id, fanIn: false))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return await session.ScalarAsync<string>(
            """
            select node_id from pipelines_step
            where run_id = @RunId and (
                node_id in @needed and (state = 'failed' or decision = 'needs-failed')
                or node_id in @around and decision = 'needs-failed'
            )
            order by position limit 1
            """,
            new
            {
                ready.RunId,
                needed,
                around,
            }
        );
    }

    private sealed record FannedIn
    {
        public long Item { get; init; }
        public string Type { get; init; } = "";
        public string Digest { get; init; } = "";
        public long Size { get; init; }
    }
}
