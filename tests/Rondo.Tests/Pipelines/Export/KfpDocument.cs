using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Rondo.Tests.Pipelines.Export.Kubeflow;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>A file as a server reads it: YAML, then JSON, then messages, of which every field must be known.</summary>
internal sealed record KfpDocument(
    PipelineSpec Pipeline,
    PipelineDeploymentConfig Deployment,
    IReadOnlyDictionary<string, KubernetesExecutorConfig> Kubernetes
)
{
    // Unknown fields are errors, as they are to the server.
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default);

    public static KfpDocument Parse(string yaml) => Parse(ToJson(yaml));

    public static KfpDocument Parse(IReadOnlyList<JsonNode> documents)
    {
        Assert.InRange(documents.Count, 1, 2);
        var pipeline = s_parser.Parse<PipelineSpec>(documents[0].ToJsonString());
        var deployment = Read<PipelineDeploymentConfig>(pipeline.DeploymentSpec ?? new Struct());
        var kubernetes = new Dictionary<string, KubernetesExecutorConfig>(StringComparer.Ordinal);
        if (documents.Count == 2)
        {
            var platforms = s_parser.Parse<PlatformSpec>(documents[1].ToJsonString()).Platforms;
            foreach (var (executor, config) in Assert.Single(platforms).Value.DeploymentSpec.Executors)
            {
                kubernetes.Add(executor, Read<KubernetesExecutorConfig>(config));
            }

            Assert.Equal("kubernetes", platforms.Keys.Single());
        }

        return new KfpDocument(pipeline, deployment, kubernetes);
    }

    /// <summary>The documents of a file as JSON, with the types that YAML's core schema gives to plain texts.</summary>
    public static IReadOnlyList<JsonNode> ToJson(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)!)];
    }

    private static T Read<T>(Struct value)
        where T : IMessage, new() => s_parser.Parse<T>(JsonFormatter.Default.Format(value));

    private static JsonNode? ToJson(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
            YamlScalarNode { Style: not ScalarStyle.Plain } text => JsonValue.Create(text.Value),
            YamlScalarNode plain => Plain(plain.Value!),
            _ => throw new InvalidOperationException($"A {node.NodeType} is no JSON."),
        };

    private static JsonNode? Plain(string text) =>
        text is "null" or "~" or "" ? null
        : text is "true" or "false" ? JsonValue.Create(text == "true")
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? JsonNode.Parse(text)
        : JsonValue.Create(text);
}
