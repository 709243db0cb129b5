using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// The executors: the project's image with its own program, which is told by its arguments what to do. See docs/protocols/kubeflow-pipelines.md
/// for what the image must hold.
/// </summary>
internal sealed class KfpContainers(KfpTarget target)
{
    private const long Gibibyte = 1L << 30;
    private const long Mebibyte = 1L << 20;

    private static readonly JsonSerializerOptions s_plan = new(RondoJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public IrExecutor Executor(KfpLeaf leaf)
    {
        if (leaf.Imports is { } address)
        {
            var type = leaf.OutputArtifacts.Values.Single().ArtifactType;
            return new IrExecutor(null, new IrImporter(new IrRuntimeValue(null, address), type, Reimport: true));
        }

        var container = new IrContainer(
            target.Image,
            ["dotnet", KfpTarget.Folder + "/" + target.Entry],
            ["kfp-step", "--plan", Text(leaf.Plan), "--executor-input", "{{$}}"],
            Variables(leaf.Node),
            Resources(leaf.Node?.Resources)
        );
        return new IrExecutor(container, null);
    }

    /// <summary>The secrets of a node as Kubernetes gives them: the secret's name in lower case, its one key <c>value</c>.</summary>
    public static IrKubernetes? Kubernetes(NodeManifest? node) =>
        node is { Secrets.Count: > 0 }
            ? new IrKubernetes([
                .. node
                    .Secrets.OrderBy(secret => secret.Key, StringComparer.Ordinal)
                    .Select(secret => new IrSecretAsEnv(
                        KfpNames.Slug(secret.Value),
                        [new IrSecretKey("value", secret.Key)]
                    )),
            ])
            : null;

    // Kubeflow replaces {{…}} and Kubernetes $(…) wherever they stand in an argument: within a text of JSON they can be written otherwise.
    private static string Text(KfpPlan plan) =>
        JsonSerializer
            .Serialize(plan, s_plan)
            .Replace("{{", "{\\u007b", StringComparison.Ordinal)
            .Replace("$(", "\\u0024(", StringComparison.Ordinal);

    private static List<IrEnvironmentVariable>? Variables(NodeManifest? node) =>
        node is { Environment.Count: > 0 }
            ?
            [
                .. node
                    .Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal)
                    .Select(variable => new IrEnvironmentVariable(
                        variable.Key,
                        variable.Value.Replace("$(", "$$(", StringComparison.Ordinal)
                    )),
            ]
            : null;

    private static IrResources? Resources(ResourcesManifest? needed)
    {
        if (needed is null)
        {
            return null;
        }

        var resources = new IrResources(
            needed.Cpu > 0 ? needed.Cpu.ToString("0.###", CultureInfo.InvariantCulture) : null,
            needed.MemoryBytes > 0 ? Memory(needed.MemoryBytes) : null,
            Accelerator(needed)
        );
        return resources == new IrResources(null, null, null) ? null : resources;
    }

    private static string Memory(long bytes) =>
        bytes % Gibibyte == 0 ? (bytes / Gibibyte).ToString(CultureInfo.InvariantCulture) + "Gi"
        : bytes % Mebibyte == 0 ? (bytes / Mebibyte).ToString(CultureInfo.InvariantCulture) + "Mi"
        : bytes.ToString(CultureInfo.InvariantCulture);

    private static IrAccelerator? Accelerator(ResourcesManifest needed) =>
        needed.Accelerators > 0
            ? new IrAccelerator(
                needed.Accelerator is null or "gpu" ? "nvidia.com/gpu" : needed.Accelerator,
                needed.Accelerators.ToString(CultureInfo.InvariantCulture)
            )
            : null;
}
