using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>Checks a parameter of the run against its limits. Rondo does so before a run; Kubeflow cannot, so that the first step does.</summary>
internal static class KfpLimits
{
    public static void Check(ParameterManifest parameter, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            var number = value.GetDouble();
            if (number < parameter.Min)
            {
                throw Wrong(parameter, value, $"less than {parameter.Min}");
            }
            if (number > parameter.Max)
            {
                throw Wrong(parameter, value, $"more than {parameter.Max}");
            }
        }
        if (
            value.ValueKind == JsonValueKind.String
            && parameter.Choices is { } choices
            && !choices.Contains(value.GetString(), StringComparer.Ordinal)
        )
        {
            throw Wrong(parameter, value, "none of " + string.Join(", ", choices));
        }
    }

    private static RondoException Wrong(ParameterManifest parameter, JsonElement value, string why) =>
        new(
            ErrorCode.InvalidArgument,
            $"Parameter '{parameter.Name}' is {value}, which is {why}.",
            "Start the run with another value."
        );
}
