using System.Collections.Concurrent;
using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The values of a run: what arguments are, whether conditions hold, and the lists of for-eaches.</summary>
internal sealed class LocalValues(PipelineShape shape, LocalResults results, ContentStore store, LocalFacts facts)
{
    /// <summary>The most items of one for-each, as on a server.</summary>
    public const int ItemsMax = 100_000;

    private const int ListBytesMax = 64 * 1024 * 1024;
    private const int ConditionBytesMax = 1024 * 1024;

    private readonly ConcurrentDictionary<string, IReadOnlyList<JsonElement>> _lists = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, JsonElement> Arguments(LocalPlace place) =>
        place.Node.Arguments.ToDictionary(
            argument => argument.Name,
            argument =>
                argument switch
                {
                    { Parameter: { } name } => facts.Parameters[name],
                    { Run: { } fact } => facts.Fact(fact),
                    { Item: { } loop } => Item(place, loop, argument.Path),
                    _ => argument.Value!.Value,
                },
            StringComparer.Ordinal
        );

    public bool Holds(LocalPlace place, ConditionManifest condition) =>
        Conditions.Hold(
            condition,
            test =>
                test.Parameter is { } name ? facts.Parameters[name]
                : results.Output(place, test.FromNode!, test.FromPort!) is { } output
                    ? Json(output.Artifact, ConditionBytesMax, $"The condition of '{place.Id}'")
                : null
        );

    /// <summary>The items of a for-each that is about to begin.</summary>
    public IReadOnlyList<JsonElement> List(LocalPlace loop) => _lists.GetOrAdd(loop.Id, _ => ReadList(loop));

    private JsonElement Item(LocalPlace place, string loop, string? path)
    {
        var depth = shape.Loops(place.Node.Id).TakeWhile(around => around.Id != loop).Count();
        var list = List(LocalPlace.Of(shape, shape[loop], [.. place.Items.Take(depth)]));
        var item = list[place.Items[depth]];
        return Conditions.Member(item, path)
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Item {place.Items[depth]} of for-each '{loop}' has no member '{path}'.",
                "Let the step that makes the list give each item that member."
            );
    }

    private IReadOnlyList<JsonElement> ReadList(LocalPlace loop)
    {
        var from = loop.Node.ForEach!;
        var list =
            from.Items
            ?? Json(
                results.Output(loop, from.FromNode!, from.FromPort!)!.Artifact,
                ListBytesMax,
                $"For-each '{loop.Id}'"
            );
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"What for-each '{loop.Id}' repeats itself for is a {list.ValueKind}, not a list.",
                "Let the step that makes it return a list."
            );
        }
        return list.GetArrayLength() <= ItemsMax
            ? [.. list.EnumerateArray()]
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The list of for-each '{loop.Id}' has {list.GetArrayLength()} items; the limit is {ItemsMax}.",
                "Let an item stand for several things."
            );
    }

    private JsonElement Json(ArtifactRef artifact, int bytesMax, string who)
    {
        if (artifact.Size > bytesMax)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{who} looks at an artifact of {artifact.Size} bytes; at most {bytesMax} can be read.",
                "Let the step give what is needed as an output of its own."
            );
        }
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(store.PathOf(artifact.Digest)));
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{who} looks at an artifact of type {artifact.Type}, which is not JSON: {e.Message}",
                "Let it look at a record that a step returns.",
                e
            );
        }
    }
}
