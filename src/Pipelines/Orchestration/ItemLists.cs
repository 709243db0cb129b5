using System.Collections.Concurrent;
using System.Text.Json;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// The lists of for-eaches, kept parsed: an item's step must not read all of a long list again. What a node published once does not
/// change, so that a list is known by its run and for-each.
/// </summary>
internal sealed class ItemLists(Database database, IBlobStore blobs)
{
    /// <summary>The most items of one for-each.</summary>
    public const int ItemsMax = 100_000;

    private const int KeptMax = 256;
    private const int BytesMax = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<(string Run, string Loop), IReadOnlyList<JsonElement>> _kept = new();

    /// <summary>The items of a for-each that is ready.</summary>
    public Task<IReadOnlyList<JsonElement>> ItemsAsync(
        PipelineShape shape,
        ReadyStep loop,
        NodeManifest node,
        CancellationToken cancellation
    ) => ListAsync(shape, loop, node, loop.NodeId, cancellation);

    /// <summary>The item of one of the for-eaches around a step, or a member of it.</summary>
    public async Task<JsonElement> ItemAsync(
        PipelineShape shape,
        ReadyStep step,
        string loop,
        string? path,
        CancellationToken cancellation
    )
    {
        var loops = shape.Loops(step.Template);
        var depth = loops.TakeWhile(around => around.Id != loop).Count();
        var items = shape.Items(step.Template, step.NodeId);
        var instance = shape.InstanceId(loop, [.. items.Take(depth)]);
        var list = await ListAsync(shape, step, loops[depth], instance, cancellation);
        return Conditions.Member(list[items[depth]], path)
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Item {items[depth]} of for-each '{loop}' has no member '{path}': it is {Short(list[items[depth]])}.",
                "Let the step that makes the list give each item that member."
            );
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(
        PipelineShape shape,
        ReadyStep step,
        NodeManifest loop,
        string instance,
        CancellationToken cancellation
    )
    {
        if (loop.ForEach!.Items is { } constant)
        {
            return Items(loop.Id, constant);
        }

        if (_kept.TryGetValue((step.RunId, instance), out var known))
        {
            return known;
        }

        var source = shape.SourceId(loop.Id, shape.Items(loop.Id, instance), loop.ForEach.FromNode!, fanIn: false);
        var list = Items(loop.Id, await ReadAsync(step.RunId, source, loop, cancellation));
        if (_kept.Count >= KeptMax)
        {
            _kept.Clear();
        }

        return _kept[(step.RunId, instance)] = list;
    }

    private async Task<JsonElement> ReadAsync(
        string runId,
        string source,
        NodeManifest loop,
        CancellationToken cancellation
    )
    {
        var output = await database.ReadAsync(
            async session =>
                await session.FirstAsync<OutputRow>(
                    """
                    select node_id, port, type, digest, size from pipelines_output
                    where run_id = @runId and node_id = @source and port = @FromPort
                    """,
                    new
                    {
                        runId,
                        source,
                        loop.ForEach!.FromPort,
                    }
                ),
            cancellation
        );
        if (output is not { Size: <= BytesMax })
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                output is null
                    ? $"The list of for-each '{loop.Id}' ({source}.{loop.ForEach!.FromPort}) does not exist."
                    : $"The list of for-each '{loop.Id}' has {output.Size} bytes; the limit is {BytesMax}.",
                "Let the items be keys, and let the steps look up what belongs to them."
            );
        }

        var bytes = await blobs.ReadAsync(output.Digest, cancellation);
        try
        {
            return JsonDocument.Parse(bytes).RootElement;
        }
        catch (JsonException e)
        {
            throw NoList(loop.Id, e.Message, e);
        }
    }

    private static IReadOnlyList<JsonElement> Items(string loop, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw NoList(loop, $"it is {Short(list)}");
        }

        return list.GetArrayLength() <= ItemsMax
            ? [.. list.EnumerateArray()]
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The list of for-each '{loop}' has {list.GetArrayLength()} items; the limit is {ItemsMax}.",
                "Let an item stand for several things."
            );
    }

    private static RondoException NoList(string loop, string why, Exception? inner = null) =>
        new(
            ErrorCode.FailedPrecondition,
            $"What for-each '{loop}' repeats itself for is not a list: {why}.",
            "Let the step that makes it return a list.",
            inner
        );

    private static string Short(JsonElement value)
    {
        const int lengthMax = 80;
        var text = value.GetRawText();
        return text.Length <= lengthMax ? text : text[..lengthMax] + "…";
    }
}
