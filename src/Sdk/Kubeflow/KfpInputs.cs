using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>Brings the inputs of an executor into a content store: the same store that a worker reads from.</summary>
internal sealed class KfpInputs(KfpPlan plan, ExecutorInputs inputs, ContentStore store)
{
    private const int FilesMax = 10_000;

    public const string TypeKey = "rondo_type";
    public const string DigestKey = "rondo_digest";
    public const string SizeKey = "rondo_size";
    public const string SummaryKey = "rondo_summary";

    /// <summary>Marks what stands for the list of a for-each that was passed over, and not for one item of it.</summary>
    public const string SkippedKey = "rondo_skipped";

    /// <summary>The artifacts by port.</summary>
    public async Task<IReadOnlyDictionary<string, ArtifactRef>> ArtifactsAsync(CancellationToken cancellation)
    {
        var found = new Dictionary<string, ArtifactRef>(StringComparer.Ordinal);
        foreach (var (key, port) in plan.Inputs ?? new Dictionary<string, KfpPort>(StringComparer.Ordinal))
        {
            var artifacts = inputs.Artifacts?.GetValueOrDefault(key)?.Artifacts ?? [];
            if (port.List && !IsSkipped(artifacts))
            {
                for (var index = 0; index < artifacts.Count; index++)
                {
                    found.Add($"{port.Port}.{index}", await TakeAsync(port, artifacts[index], cancellation));
                }
                continue;
            }
            found.Add(
                port.Port,
                artifacts.Count > 0 ? await TakeAsync(port, artifacts[0], cancellation) : await NoneAsync(cancellation)
            );
        }
        return found;
    }

    /// <summary>The arguments by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Arguments()
    {
        foreach (var (key, limits) in plan.Limits ?? new Dictionary<string, ParameterManifest>(StringComparer.Ordinal))
        {
            KfpLimits.Check(limits, Parameter(key));
        }
        return (plan.Arguments ?? new Dictionary<string, KfpArgument>(StringComparer.Ordinal)).ToDictionary(
            argument => argument.Key,
            argument => Argument(argument.Key, argument.Value),
            StringComparer.Ordinal
        );
    }

    private JsonElement Argument(string name, KfpArgument argument)
    {
        if (argument.Parameter is not { } key)
        {
            return argument.Value ?? JsonSerializer.SerializeToElement<object?>(null);
        }
        var value = Parameter(key);
        if (argument.Status is { } fact)
        {
            return JsonSerializer.SerializeToElement(Fact(value, fact), RondoJson.Options);
        }
        if (argument.Json)
        {
            value = Parse(name, value);
        }
        return Conditions.Member(value, argument.Path)
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Argument '{name}' of node '{plan.Node}': the item has no member '{argument.Path}'.",
                "Let every item have it."
            );
    }

    private JsonElement Parse(string name, JsonElement value)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(value.GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Argument '{name}' of node '{plan.Node}' is {value.GetRawText()}, which is not JSON as text.",
                "Run the pipeline as it was exported.",
                e
            );
        }
    }

    private JsonElement Parameter(string key) =>
        inputs.ParameterValues?.TryGetValue(key, out var value) is true
            ? Whole(value)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The executor input of node '{plan.Node}' has no parameter '{key}'.",
                "Run the pipeline as it was exported."
            );

    // Kubeflow's numbers are doubles: 3 may come as 3.0, which no integer is read from.
    private static JsonElement Whole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && !value.TryGetInt64(out _)
        && value.GetDouble() is var number
        && Math.Abs(number) < 1L << 53
        && number == Math.Truncate(number)
            ? JsonSerializer.SerializeToElement((long)number)
            : value;

    private static string? Fact(JsonElement value, string fact)
    {
        var status =
            value.ValueKind == JsonValueKind.String
                ? JsonSerializer.Deserialize<FinalStatus>(value.GetString()!, RondoJson.Options)
                : value.Deserialize<FinalStatus>(RondoJson.Options);
        return fact switch
        {
            "state" => status?.State?.ToLowerInvariant(),
            "reason" => status?.Error?.Message,
            _ => null,
        };
    }

    private async Task<ArtifactRef> TakeAsync(KfpPort port, RuntimeArtifact artifact, CancellationToken cancellation)
    {
        var path = ArtifactAddress.PathOf(artifact.Uri ?? "");
        var type = Text(artifact, TypeKey);
        if (type is null && port.Type == ArtifactTypes.DatasetVersion)
        {
            return await DatasetAsync(path, cancellation);
        }
        if (!File.Exists(path))
        {
            throw Missing(port, artifact, path);
        }
        var (digest, size) = await store.PutFileAsync(path, cancellation);
        if (Text(artifact, DigestKey) is { } made && made != digest)
        {
            throw new RondoException(
                ErrorCode.DataCorrupt,
                $"Input '{port.Port}' of node '{plan.Node}' at {artifact.Uri} has changed since it was made: its digest was {made} and is {digest}.",
                "Run again the step that made it."
            );
        }
        return new ArtifactRef(type ?? port.Type, digest, size);
    }

    // Files as they are in a store become a version of the dataset, as a push to a server would make of them.
    private async Task<ArtifactRef> DatasetAsync(string path, CancellationToken cancellation)
    {
        var files = new List<DatasetFile>();
        foreach (var file in Files(path))
        {
            var (digest, size) = await store.PutFileAsync(file, cancellation);
            var name = file == path ? Path.GetFileName(file) : Path.GetRelativePath(path, file).Replace('\\', '/');
            files.Add(new DatasetFile(name, digest, size));
        }
        if (files.Count == 0)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There are no files of the dataset of node '{plan.Node}' at {path}.",
                "Give the run the address of a folder or a file that is there."
            );
        }
        return await PutAsync(
            ArtifactTypes.DatasetVersion,
            new DatasetVersionContent(Path.GetFileName(path.TrimEnd('/')), files),
            cancellation
        );
    }

    private static IEnumerable<string> Files(string path) =>
        File.Exists(path) ? [path]
        : !Directory.Exists(path) ? []
        :
        [
            .. Directory
                .EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal)
                .Take(FilesMax),
        ];

    private Task<ArtifactRef> NoneAsync(CancellationToken cancellation) =>
        PutAsync<object?>(ArtifactTypes.None, null, cancellation);

    private async Task<ArtifactRef> PutAsync<T>(string type, T value, CancellationToken cancellation)
    {
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value, RondoJson.Options));
        var (digest, size) = await store.PutAsync(json, cancellation);
        return new ArtifactRef(type, digest, size);
    }

    // A for-each that was passed over has no items, not even none.
    private static bool IsSkipped(List<RuntimeArtifact> artifacts) =>
        artifacts is [{ Metadata: { } metadata }] && metadata.ContainsKey(SkippedKey);

    private static string? Text(RuntimeArtifact artifact, string key) =>
        artifact.Metadata?.TryGetValue(key, out var value) is true && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private RondoException Missing(KfpPort port, RuntimeArtifact artifact, string path) =>
        new(
            ErrorCode.NotFound,
            $"Input '{port.Port}' of node '{plan.Node}' is not there: {artifact.Uri} was not brought to {path}.",
            port.List
                ? "A list of artifacts needs a Kubeflow whose launcher brings all of them: old ones bring only the first."
                : "See the log of the launcher."
        );
}
