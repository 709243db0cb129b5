using System.Text.Json;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>Kubeflow's types for ours.</summary>
internal static class KfpTypes
{
    // Numbers are doubles there: beyond this an integer would change.
    private const double ExactMax = 9_007_199_254_740_991;

    public static readonly IrArtifactType Metrics = new("system.Metrics");

    public static IrArtifactType Of(string artifactType) =>
        artifactType switch
        {
            ArtifactTypes.Table or ArtifactTypes.RawTable or ArtifactTypes.DatasetVersion => new("system.Dataset"),
            ArtifactTypes.Model => new("system.Model"),
            _ => new("system.Artifact"),
        };

    public static IrParameter Of(KfpValue value) =>
        new(
            value.Kind switch
            {
                KfpValueKind.Test => IrParameterTypes.Boolean,
                KfpValueKind.List => IrParameterTypes.List,
                KfpValueKind.Item => IrParameterTypes.String,
                _ => IrParameterTypes.Struct,
            }
        );

    /// <summary>The type of a run parameter or of an answer.</summary>
    public static string OfParameter(string type) =>
        type switch
        {
            "integer" => IrParameterTypes.Integer,
            "number" => IrParameterTypes.Double,
            "boolean" => IrParameterTypes.Boolean,
            _ => IrParameterTypes.String,
        };

    /// <summary>The type of a constant that Kubeflow can hold as it is; null: it cannot, or would read something else in it.</summary>
    public static string? OfConstant(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => IrParameterTypes.Boolean,
            JsonValueKind.String when !value.GetString()!.Contains("{{", StringComparison.Ordinal) =>
                IrParameterTypes.String,
            JsonValueKind.Number when value.TryGetInt64(out var whole) => Math.Abs((double)whole) <= ExactMax
                ? IrParameterTypes.Integer
                : null,
            JsonValueKind.Number when double.IsFinite(value.GetDouble()) => IrParameterTypes.Double,
            _ => null,
        };
}
