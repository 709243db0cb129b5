using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>An output that was made: its type, where its bytes are, and a few facts about it.</summary>
internal sealed record KfpMade(string Type, string Path, string Digest, long Size, JsonElement? Summary);

/// <summary>Writes outputs to where Kubeflow wants them, and says what they are.</summary>
internal sealed class KfpOutputs(KfpPlan plan, ExecutorOutputs outputs)
{
    public async Task WriteAsync(
        IReadOnlyDictionary<string, KfpMade> made,
        IReadOnlyDictionary<string, double> metrics,
        CancellationToken cancellation
    )
    {
        var artifacts = new Dictionary<string, RuntimeArtifacts>(StringComparer.Ordinal);
        foreach (var (key, port) in plan.Outputs ?? new Dictionary<string, KfpPort>(StringComparer.Ordinal))
        {
            if (made.TryGetValue(port.Port, out var output) && Target(key) is { Uri: { } uri } target)
            {
                await CopyAsync(output.Path, ArtifactAddress.PathOf(uri), cancellation);
                artifacts.Add(key, new([target with { Metadata = Metadata(output, port) }]));
            }
        }
        if (plan.Metrics is { } metricsKey && Target(metricsKey) is { Uri: { } metricsUri } place)
        {
            var numbers = metrics.Where(metric => double.IsFinite(metric.Value)).ToDictionary(StringComparer.Ordinal);
            await WriteJsonAsync(ArtifactAddress.PathOf(metricsUri), numbers, cancellation);
            artifacts.Add(metricsKey, new([place with { Metadata = Json(numbers) }]));
        }
        var answers = Answers(made);
        foreach (var (key, value) in answers)
        {
            if (outputs.Parameters?.GetValueOrDefault(key) is { } file)
            {
                await WriteJsonAsync(file.OutputFile, value, cancellation);
            }
        }
        if (outputs.OutputFile is { } outputFile)
        {
            await WriteJsonAsync(outputFile, new ExecutorOutput(answers, artifacts), cancellation);
        }
    }

    private Dictionary<string, JsonElement> Answers(IReadOnlyDictionary<string, KfpMade> made) =>
        (plan.Answers ?? new Dictionary<string, KfpAnswer>(StringComparer.Ordinal)).ToDictionary(
            answer => answer.Key,
            answer =>
                KfpAnswers.Of(
                    answer.Value,
                    made.TryGetValue(answer.Value.Port, out var output) && output.Type != ArtifactTypes.None
                        ? output.Path
                        : null
                ),
            StringComparer.Ordinal
        );

    private RuntimeArtifact? Target(string key) =>
        outputs.Artifacts?.GetValueOrDefault(key)?.Artifacts?.FirstOrDefault();

    private Dictionary<string, JsonElement> Metadata(KfpMade output, KfpPort port)
    {
        var metadata = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [KfpInputs.TypeKey] = JsonSerializer.SerializeToElement(output.Type),
            [KfpInputs.DigestKey] = JsonSerializer.SerializeToElement(output.Digest),
            [KfpInputs.SizeKey] = JsonSerializer.SerializeToElement(output.Size),
        };
        if (plan.Kind == KfpPlanKinds.None && port.List)
        {
            metadata.Add(KfpInputs.SkippedKey, JsonSerializer.SerializeToElement(true));
        }
        if (output.Summary is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } summary)
        {
            metadata.Add(KfpInputs.SummaryKey, summary);
        }
        return metadata;
    }

    private static Dictionary<string, JsonElement> Json(Dictionary<string, double> numbers) =>
        numbers.ToDictionary(
            number => number.Key,
            number => JsonSerializer.SerializeToElement(number.Value),
            StringComparer.Ordinal
        );

    private static async Task CopyAsync(string from, string to, CancellationToken cancellation)
    {
        MakeFolder(to);
        await using var source = File.OpenRead(from);
        await using var target = File.Create(to);
        await source.CopyToAsync(target, cancellation);
    }

    private static async Task WriteJsonAsync<T>(string path, T value, CancellationToken cancellation)
    {
        MakeFolder(path);
        await File.WriteAllBytesAsync(
            path,
            JsonSerializer.SerializeToUtf8Bytes(value, RondoJson.Options),
            cancellation
        );
    }

    private static void MakeFolder(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }
    }
}
