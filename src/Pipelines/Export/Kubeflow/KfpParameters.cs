using System.Globalization;
using System.Text.Json;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// The parameters of the exported pipeline: those of the manifest, and what Rondo would have looked up or asked for: addresses of data and
/// models, the partition, answers of people.
/// </summary>
internal static class KfpParameters
{
    /// <summary>The partition that a run is of. No parameter of a manifest has a blank in its name.</summary>
    public const string Partition = "run partition";

    /// <summary>The address of what a source stands for.</summary>
    public static string AddressOf(NodeManifest source) => $"address {source.Kind} {source.Source}";

    /// <summary>The answer to the question of an approval.</summary>
    public static string AnswerTo(NodeManifest approval) => "answer " + approval.Id;

    public static void Declare(PipelineManifest pipeline, KfpWiring wiring)
    {
        var keys = new KfpNames();
        foreach (var parameter in pipeline.Parameters)
        {
            var declared = new IrParameter(
                KfpTypes.OfParameter(parameter.Type),
                parameter.Default,
                parameter.Default is null ? null : true,
                Limits(parameter)
            );
            wiring.Declare(parameter.Name, keys.Claim(KfpNames.NoLoopItem(KfpNames.Key(parameter.Name))), declared);
        }

        var sources = pipeline.Nodes.Where(KfpNodes.IsSource).DistinctBy(AddressOf, StringComparer.Ordinal);
        foreach (var source in sources)
        {
            wiring.Declare(
                AddressOf(source),
                keys.Claim(Underscored(source.Source ?? source.Id) + "_uri"),
                Address(source)
            );
        }

        foreach (var node in pipeline.Nodes.Where(node => node.Kind == NodeKind.Approval))
        {
            wiring.Declare(AnswerTo(node), keys.Claim(Underscored(node.Id) + "_answer"), Answer(node));
        }

        if (pipeline.Nodes.SelectMany(node => node.Arguments).Any(argument => argument.Run == "partition"))
        {
            var description = "The partition that the run is of.";
            wiring.Declare(Partition, keys.Claim("partition"), new(IrParameterTypes.String, null, null, description));
        }
    }

    // A model that does not exist has no address.
    private static IrParameter Address(NodeManifest source) =>
        source.Kind == NodeKind.Dataset
            ? new(
                IrParameterTypes.String,
                null,
                null,
                $"Address of the files of dataset '{source.Source}': a folder or one file."
            )
            : new(
                IrParameterTypes.String,
                JsonSerializer.SerializeToElement(""),
                true,
                $"Address of the model '{source.Source}' that serves now, a bundle as a pipeline made it; empty: none does."
            );

    private static IrParameter Answer(NodeManifest node) =>
        new(
            KfpTypes.OfParameter(node.Approval?.Type ?? "boolean"),
            node.Approval?.Otherwise,
            node.Approval?.Otherwise is null ? null : true,
            "Answered before the run: " + node.Approval?.Question
        );

    private static string? Limits(ParameterManifest parameter)
    {
        var limits = new List<string>();
        if (parameter.Min is { } min)
        {
            limits.Add("at least " + min.ToString(CultureInfo.InvariantCulture));
        }

        if (parameter.Max is { } max)
        {
            limits.Add("at most " + max.ToString(CultureInfo.InvariantCulture));
        }

        if (parameter.Choices is { } choices)
        {
            limits.Add("one of " + string.Join(", ", choices));
        }

        return limits.Count == 0 ? null : string.Join(", ", limits);
    }

    private static string Underscored(string name) => KfpNames.Slug(name).Replace('-', '_');
}
