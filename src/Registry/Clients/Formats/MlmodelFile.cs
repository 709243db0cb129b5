using System.Text.Json;
using System.Text.RegularExpressions;
using Rondo.Mlflow.Formats;
using YamlDotNet.RepresentationModel;

namespace Rondo.Registry.Clients.Formats;

/// <summary>
/// Reads the file <c>MLmodel</c> with which MLflow describes a model's folder.
/// </summary>
internal static partial class MlmodelFile
{
    public const string Name = "MLmodel";

    private const string PythonFlavor = "python_function";

    /// <summary>Reads the text of the file, and that of <c>requirements.txt</c> beside it where there is one.</summary>
    /// <exception cref="FormatException">It is no such file; the message says where.</exception>
    public static ModelDescription Read(string text, string? requirements)
    {
        var root = YamlMap.Read(text, Name);
        var flavors = Map(root, "flavors") ?? throw new FormatException($"{Name} has no 'flavors'.");
        var python = Map(flavors, PythonFlavor);
        var signature = Map(root, "signature");
        return new ModelDescription(
            [
                .. flavors
                    .Children.Select(flavor => FlavorOf(TextOf(flavor.Key), flavor.Value))
                    .Order(StringComparer.Ordinal),
            ],
            Columns(signature, "inputs"),
            Columns(signature, "outputs"),
            Columns(signature, "params"),
            Requirements(requirements)
        )
        {
            PythonVersion = python is null ? null : Text(python, "python_version"),
            MlflowVersion = Text(root, "mlflow_version"),
            MadeAt = Text(root, "utc_time_created"),
            InputExample = Map(root, "saved_input_example_info") is { } example ? Text(example, "artifact_path") : null,
        };
    }

    // The library's version stands under a name of the flavor's own: sklearn_version, xgb_version.
    private static string FlavorOf(string name, YamlNode flavor)
    {
        var version = flavor is YamlMappingNode map
            ? map
                .Children.FirstOrDefault(field =>
                    TextOf(field.Key).EndsWith("_version", StringComparison.Ordinal)
                    && TextOf(field.Key) != "python_version"
                )
                .Value
            : null;
        return version is YamlScalarNode { Value: { Length: > 0 } value } ? $"{name} {value}" : name;
    }

    // A signature's parts are JSON in a text.
    private static List<ModelColumn> Columns(YamlMappingNode? signature, string part)
    {
        if (signature is null || Text(signature, part) is not { Length: > 0 } json)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(ColumnOf)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The signature's {part} in {Name} are not what MLflow writes: {e.Message}", e);
        }
    }

    private static ModelColumn ColumnOf(JsonElement column)
    {
        var name = Field(column, "name")?.GetString();
        var required =
            Field(column, "required") is not { ValueKind: JsonValueKind.False } && Field(column, "default") is null;
        if (Field(column, "tensor-spec") is { } tensor)
        {
            var shape = Field(tensor, "shape")?.EnumerateArray().Select(size => size.GetInt64()).ToList();
            return new ModelColumn(name, Field(tensor, "dtype")?.GetString() ?? "tensor", shape, required);
        }

        return new ModelColumn(name, TypeOf(column), null, required);
    }

    private static string TypeOf(JsonElement column)
    {
        var type = Field(column, "type")?.GetString() ?? "any";
        return Field(column, "items") is { ValueKind: JsonValueKind.Object } items
            ? $"{type} of {TypeOf(items)}"
            : type;
    }

    private static JsonElement? Field(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // Options of the installer, such as where it looks for packages, are none; an address may have a password in it.
    private static List<string> Requirements(string? text) =>
        [
            .. (text ?? "")
                .Split('\n')
                .Select(line => line.Trim())
                .Where(line => line.Length > 0 && line[0] is not ('#' or '-'))
                .Select(line => UserPattern().Replace(line, "://")),
        ];

    [GeneratedRegex("://[^/@\\s]+@", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserPattern();

    private static YamlMappingNode? Map(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value as YamlMappingNode : null;

    private static string? Text(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? (value as YamlScalarNode)?.Value : null;

    private static string TextOf(YamlNode node) => (node as YamlScalarNode)?.Value ?? "";
}
