using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Google.Protobuf.WellKnownTypes;
using Rondo.Data;
using Rondo.Pipelines.Export;
using Rondo.Sdk;
using Rondo.Sdk.Kubeflow;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Random pipelines are exported and run as Kubeflow would: every step makes what the manifest's words say, and nothing else runs.</summary>
public sealed partial class KubeflowMeaningTests : IDisposable
{
    private static readonly int s_iterations =
        Environment.GetEnvironmentVariable("RONDO_TEST_FULL") == "1" ? 2_000 : 60;

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-kfp-").FullName;
    private readonly MlApp _nothing = MlApp.Create([], "nothing");
    private int _number;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R246")]
    public void An_exported_pipeline_means_what_its_manifest_means() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 25])
            .Sample((seed, size) => CheckAsync(seed, size).GetAwaiter().GetResult(), iter: s_iterations, threads: 1);

    [Theory]
    [InlineData(680538, 25)] // A fail in an exit handler ends it before a branch that does not need it.
    [InlineData(641707, 5)] // An exit handler takes a list from a for-each whose own list does not exist.
    [InlineData(105075, 21)] // A list has one item, and that was passed over.
    public Task What_once_meant_something_else_does_not_any_more(int seed, int size) => CheckAsync(seed, size);

    [Theory]
    [InlineData("fail-first")]
    [InlineData("passed-over")]
    [InlineData("one-item")]
    [InlineData("no-list")]
    [InlineData("no-list, negated")]
    [InlineData("list, negated")]
    [InlineData("list, not now")]
    public Task What_is_easily_confused_is_told_apart(string name) =>
        CheckAsync(KfpConfusing.Pipeline(name), served: false);

    private Task CheckAsync(int seed, int size)
    {
        var pipeline = WithoutMembers(RandomPipeline.Make(seed, size));
        // An answer is no list.
        var lists = pipeline.Nodes.Select(node => node.ForEach?.FromNode).OfType<string>();
        return pipeline.Nodes.Any(node => node.Kind != NodeKind.Step && lists.Contains(node.Id))
            ? Task.CompletedTask
            : CheckAsync(pipeline, served: seed % 2 == 0);
    }

    private async Task CheckAsync(PipelineManifest pipeline, bool served)
    {
        var result = KfpExport.Export(pipeline, KfpExamples.Target, allowLoss: true);
        var parameters = pipeline.Parameters.ToDictionary(parameter => parameter.Name, Given);
        var meaning = new ManifestMeaning(pipeline, parameters, served);
        var made = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var place = Path.Combine(_folder, $"{_number++}");
        var document = KfpDocument.Parse(result.Files[0].Content);
        var run = new KubeflowRun(document, place, (path, words) => ContainerAsync(pipeline, made, path, words));

        var succeeded = await run.RunAsync([.. Parameters(pipeline, document, served)]);

        Assert.Equal(!meaning.Fails, succeeded);
        if (!succeeded)
        {
            return;
        }

        if (meaning.ExitFails && result.Losses.Any(loss => loss.Construct == "exit-failures"))
        {
            // Some of the exit handlers is left out then, and nothing else.
            Assert.Subset(meaning.Made.ToHashSet(), made.ToHashSet());
            var leftOut = meaning.Made.Keys.Except(made.Keys);
            Assert.All(leftOut, step => Assert.True(ManifestMeaning.IsExit(pipeline, step), step));
            return;
        }

        Assert.Equal(meaning.Made, made);
    }

    // What is not a step is what it is; a step makes of what it takes what the reference makes of it.
    private async Task<int> ContainerAsync(
        PipelineManifest pipeline,
        SortedDictionary<string, string> made,
        string path,
        IReadOnlyList<string> words
    )
    {
        var args = words.Skip(3).ToList();
        var plan = JsonSerializer.Deserialize<KfpPlan>(args[1], RondoJson.Options)!;
        if (plan.Kind != KfpPlanKinds.Step)
        {
            var result = await new KfpStep(_nothing, TimeProvider.System, TextWriter.Null).RunAsync(args);
            return result.Outcome == StepOutcome.Succeeded ? 0 : 1;
        }

        var input = JsonSerializer.Deserialize<ExecutorInput>(args[3], RondoJson.Options)!;
        var store = new ContentStore(Path.Combine(args[5], "store"));
        var inputs = new KfpInputs(plan, input.Inputs!, store);
        var artifacts = await inputs.ArtifactsAsync(default);
        var node = pipeline.Nodes.First(node => node.Id == plan.Node);
        var missing = artifacts.Any(artifact =>
            artifact.Value.Type == ArtifactTypes.None && !InputOf(node, artifact.Key).AllowNone
        );
        var arguments = inputs.Arguments().Where(argument => plan.Arguments![argument.Key].Status != "failed-node");
        var taken = artifacts
            .Select(artifact => (artifact.Key, Text: Text(store, artifact.Value)))
            .Concat(
                arguments.Select(argument => (Key: "=" + argument.Key, Text: StepIdentity.Canonical(argument.Value)))
            )
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary();
        var all = JsonSerializer.Serialize(taken);
        if (!missing && ManifestMeaning.Breaks(pipeline, node.Id, all))
        {
            return 1;
        }

        var value = missing ? "null" : ManifestMeaning.Value(pipeline, node.Id, all);
        if (!missing)
        {
            made.Add(node.Id + string.Concat(Items().Matches(path).Select(match => match.Value)), value);
        }

        await WriteAsync(plan, input, (missing ? ArtifactTypes.None : ArtifactTypes.Json, value), args[5]);
        return 0;
    }

    private static async Task WriteAsync(
        KfpPlan plan,
        ExecutorInput input,
        (string Type, string Text) value,
        string folder
    )
    {
        var file = Path.Combine(Directory.CreateDirectory(folder).FullName, "made");
        await File.WriteAllTextAsync(file, value.Text);
        await using var stream = File.OpenRead(file);
        var digest = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(stream));
        var output = new KfpMade(value.Type, file, digest, stream.Length, null);
        var outputs = plan.Outputs!.Values.ToDictionary(port => port.Port, _ => output, StringComparer.Ordinal);
        await new KfpOutputs(plan, input.Outputs!).WriteAsync(outputs, new Dictionary<string, double>(), default);
    }

    private static string Text(ContentStore store, ArtifactRef artifact) =>
        artifact.Type switch
        {
            ArtifactTypes.None => "null",
            ArtifactTypes.Json => File.ReadAllText(store.PathOf(artifact.Digest)),
            _ => "data",
        };

    private static InputManifest InputOf(NodeManifest node, string port) =>
        node.Inputs.First(input =>
            port == input.Port || (input.FanIn && port.StartsWith(input.Port + ".", StringComparison.Ordinal))
        );

    private IEnumerable<(string, Value)> Parameters(PipelineManifest pipeline, KfpDocument document, bool served)
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        var model = Path.Combine(_folder, "model");
        File.WriteAllText(Path.Combine(data, "rows.csv"), "a\n1\n");
        File.WriteAllText(model, "{}");
        foreach (var (name, declared) in document.Pipeline.Root.InputDefinitions?.Parameters.AsEnumerable() ?? [])
        {
            if (pipeline.Parameters.FirstOrDefault(parameter => parameter.Name == name) is { } parameter)
            {
                yield return (name, Value.Parser.ParseJson(Given(parameter).GetRawText()));
            }
            else if (name.EndsWith("_answer", StringComparison.Ordinal))
            {
                var type = declared.ParameterType switch
                {
                    Kubeflow.ParameterType.Types.ParameterTypeEnum.NumberInteger => "integer",
                    Kubeflow.ParameterType.Types.ParameterTypeEnum.NumberDouble => "number",
                    Kubeflow.ParameterType.Types.ParameterTypeEnum.Boolean => "boolean",
                    _ => "text",
                };
                yield return (name, Value.Parser.ParseJson(ManifestMeaning.Answer(type).GetRawText()));
            }
            else
            {
                yield return (
                    name,
                    Value.ForString(
                        name == "partition" ? "2024-05-01"
                        : name == "demand_uri"
                            ? served ? model
                                : ""
                        : data
                    )
                );
            }
        }
    }

    private static JsonElement Given(ParameterManifest parameter) =>
        parameter.Default ?? ManifestMeaning.Answer(parameter.Type);

    // An item that lacks a member fails its step, here as there: leave that out.
    private static PipelineManifest WithoutMembers(PipelineManifest pipeline) =>
        pipeline with
        {
            Parameters = [.. pipeline.Parameters.Select(parameter => parameter with { Min = null })],
            Nodes =
            [
                .. pipeline.Nodes.Select(node =>
                    node with
                    {
                        Arguments = [.. node.Arguments.Select(argument => argument with { Path = null })],
                    }
                ),
            ],
        };

    [GeneratedRegex(@"\[\d+\]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Items();
}
