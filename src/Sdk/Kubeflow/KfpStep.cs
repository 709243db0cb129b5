using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>
/// The verb <c>kfp-step</c>: one container of an exported Kubeflow pipeline. Takes the inputs that Kubeflow has laid for it, runs the step
/// with the same runner as a worker does, and lays its outputs where Kubeflow takes them from.
/// </summary>
internal sealed class KfpStep(MlApp app, TimeProvider time, TextWriter log)
{
    private const int DefaultSeed = 1;

    /// <summary>Runs what the arguments of the verb say.</summary>
    public async Task<StepResult> RunAsync(IReadOnlyList<string> args, CancellationToken cancellation = default)
    {
        var (plan, input, folder) = Parse(args);
        Directory.CreateDirectory(folder);
        var store = new ContentStore(Path.Combine(folder, "store"));
        var inputs = new KfpInputs(plan, input.Inputs ?? new(null, null), store);
        var outputs = new KfpOutputs(plan, input.Outputs ?? new(null, null, null));
        var staging = Path.Combine(folder, "staging");
        var result = plan.Kind switch
        {
            KfpPlanKinds.Step => await StepAsync(plan, inputs, store, staging, cancellation),
            KfpPlanKinds.First => await FirstAsync(plan, inputs, store, staging, cancellation),
            KfpPlanKinds.Value => await ValueAsync(plan, inputs.Arguments()["value"], staging, cancellation),
            KfpPlanKinds.None => await NoneAsync(plan, staging, cancellation),
            KfpPlanKinds.Fail => Result(StepOutcome.Failed, [], plan.Message ?? "The pipeline fails here."),
            _ => throw Unusable($"A container cannot do '{plan.Kind}'"),
        };
        await outputs.WriteAsync(Made(result, staging), result.Metrics, cancellation);
        return result;
    }

    private async Task<StepResult> StepAsync(
        KfpPlan plan,
        KfpInputs inputs,
        ContentStore store,
        string staging,
        CancellationToken cancellation
    )
    {
        var artifacts = await inputs.ArtifactsAsync(cancellation);
        if (IsPassedOver(plan, artifacts))
        {
            return await NoneAsync(plan, staging, cancellation);
        }
        var request = new StepRequest(
            "kubeflow",
            app.Project,
            "kubeflow",
            plan.Pipeline,
            plan.Node,
            1,
            1,
            store.Root,
            staging,
            artifacts,
            inputs.Arguments(),
            plan.Seed ?? DefaultSeed,
            Environment.ProcessorCount,
            plan.TimeoutMs ?? StepNode.DefaultTimeoutMs
        );
        return await new StepRunner(app, time, log).RunAsync(request, cancellation);
    }

    // The for-each whose list it takes was passed over. Of single inputs the runner knows what to do.
    private bool IsPassedOver(KfpPlan plan, IReadOnlyDictionary<string, ArtifactRef> artifacts) =>
        app.Node(plan.Pipeline, plan.Node)
            .InputPorts.Any(input => input.FanIn is not null && !input.AllowNone && artifacts.ContainsKey(input.Port));

    // Merging is choosing: the first that exists, in the order of the manifest.
    private async Task<StepResult> FirstAsync(
        KfpPlan plan,
        KfpInputs inputs,
        ContentStore store,
        string staging,
        CancellationToken cancellation
    )
    {
        var artifacts = await inputs.ArtifactsAsync(cancellation);
        var order = plan.Order ?? [.. artifacts.Keys];
        var first = order
            .Select(artifacts.GetValueOrDefault)
            .FirstOrDefault(found => found is not null and not { Type: ArtifactTypes.None });
        if (first is null)
        {
            return await NoneAsync(plan, staging, cancellation);
        }
        var outputs = new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal);
        Directory.CreateDirectory(staging);
        foreach (var port in Ports(plan))
        {
            File.Copy(store.PathOf(first.Digest), Path.Combine(staging, port), overwrite: true);
            outputs.Add(port, new ProducedArtifact(first.Type, first.Digest, first.Size, port, null));
        }
        return Result(StepOutcome.Succeeded, outputs);
    }

    private static Task<StepResult> ValueAsync(
        KfpPlan plan,
        JsonElement value,
        string staging,
        CancellationToken cancellation
    ) => SameAsync(plan, ArtifactTypes.Json, JsonSerializer.SerializeToUtf8Bytes(value), staging, cancellation);

    private static Task<StepResult> NoneAsync(KfpPlan plan, string staging, CancellationToken cancellation) =>
        SameAsync(plan, ArtifactTypes.None, "null"u8.ToArray(), staging, cancellation);

    private static async Task<StepResult> SameAsync(
        KfpPlan plan,
        string type,
        byte[] bytes,
        string staging,
        CancellationToken cancellation
    )
    {
        Directory.CreateDirectory(staging);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        var outputs = new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal);
        foreach (var port in Ports(plan))
        {
            await File.WriteAllBytesAsync(Path.Combine(staging, port), bytes, cancellation);
            outputs.Add(port, new ProducedArtifact(type, digest, bytes.Length, port, null));
        }
        return Result(StepOutcome.Succeeded, outputs);
    }

    // What stands for a part of a graph may stand for outputs of several nodes, whose ports may be called alike.
    private static IEnumerable<string> Ports(KfpPlan plan) =>
        plan.Outputs?.Values.Select(output => output.Port).Distinct(StringComparer.Ordinal) ?? [];

    private static Dictionary<string, KfpMade> Made(StepResult result, string staging) =>
        result.Outputs.ToDictionary(
            output => output.Key,
            output => new KfpMade(
                output.Value.Type,
                Path.Combine(staging, output.Value.File),
                output.Value.Digest,
                output.Value.Size,
                output.Value.Summary
            ),
            StringComparer.Ordinal
        );

    private static StepResult Result(
        StepOutcome outcome,
        Dictionary<string, ProducedArtifact> outputs,
        string? message = null
    ) => new(outcome, outputs, new Dictionary<string, double>(StringComparer.Ordinal), message, null, null);

    private static (KfpPlan Plan, ExecutorInput Input, string Folder) Parse(IReadOnlyList<string> args)
    {
        string? plan = null;
        string? input = null;
        var folder = Path.Combine(Path.GetTempPath(), "rondo-kfp");
        for (var index = 0; index < args.Count; index += 2)
        {
            var value = index + 1 < args.Count ? args[index + 1] : throw Unusable($"'{args[index]}' has no value");
            switch (args[index])
            {
                case "--plan":
                    plan = value;
                    break;
                case "--executor-input":
                    input = value;
                    break;
                case "--folder":
                    folder = Path.GetFullPath(value);
                    break;
                default:
                    throw Unusable($"'{args[index]}' is not known");
            }
        }
        var read = Read<KfpPlan>("--plan", plan);
        return read.FormatVersion == KfpPlan.CurrentFormatVersion
            ? (read, Read<ExecutorInput>("--executor-input", input), folder)
            : throw Unusable(
                $"The plan has format {read.FormatVersion}, and this program reads {KfpPlan.CurrentFormatVersion}"
            );
    }

    private static T Read<T>(string option, string? text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text ?? "", RondoJson.Options)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw Unusable($"{option} is no JSON of that kind: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static RondoException Unusable(string what, Exception? inner = null) =>
        new(
            ErrorCode.InvalidArgument,
            $"kfp-step: {what}.",
            "Run a pipeline that 'rondo export kfp' wrote, with an image of the same version.",
            inner
        );
}
