using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>Wires the containers and importers: what they take, what they are told, how they are tried again.</summary>
internal sealed class KfpSteps(KfpNodes nodes, KfpLayout layout, KfpWiring wiring, KfpTarget target)
{
    /// <summary>The key of what an importer imports.</summary>
    public const string ImportedKey = "artifact";

    // Kubeflow keeps on trying for this long at most.
    private const long RetryMsMax = 3_600_000;

    public void Wire(NodeManifest node)
    {
        if (node.Kind == NodeKind.ForEach)
        {
            wiring.Loop(node);
        }

        if (layout.LeafOf.TryGetValue(node.Id, out var leaf))
        {
            if (KfpNodes.IsSource(node))
            {
                Import(leaf, node);
            }
            else
            {
                Run(leaf, node);
            }
        }

        foreach (var before in node.After)
        {
            var (dag, task) = layout.TaskOf(node.Id);
            wiring.Wait(dag, task, before);
        }
    }

    private void Import(KfpLeaf leaf, NodeManifest node)
    {
        var address = KfpValue.Parameter(KfpParameters.AddressOf(node));
        leaf.Imports = leaf.TakeParameter("uri", new(IrParameterTypes.String), wiring.Input(leaf.Dag, address));
        leaf.Output(KfpValue.Artifact(node.Id, node.Outputs[0].Port), node.Outputs[0].Type);
        leaf.Task.Caching = new IrCachingOptions(null);
    }

    private void Run(KfpLeaf leaf, NodeManifest node)
    {
        foreach (var input in node.Inputs)
        {
            var type = nodes.TypeOf(input.FromNode, input.FromPort);
            leaf.TakeArtifact(
                input.Port,
                type,
                wiring.Get(leaf.Dag, KfpValue.Artifact(input.FromNode, input.FromPort))
            );
        }

        foreach (var output in node.Outputs)
        {
            leaf.Output(KfpValue.Artifact(node.Id, output.Port), output.Type);
        }

        foreach (var argument in node.Arguments)
        {
            leaf.Argument(argument.Name, Argument(leaf, argument));
        }

        if (node.Kind == NodeKind.Approval)
        {
            leaf.Argument("value", new KfpArgument(Parameter: Take(leaf, "answer", KfpParameters.AnswerTo(node))));
        }

        if (node.Kind == NodeKind.Step)
        {
            leaf.AddMetrics();
            leaf.Task.Retry = Retry(node);
        }

        leaf.Task.Caching = new IrCachingOptions(IsCached(node) ? true : null);
    }

    /// <summary>
    /// Whether Kubeflow may use outputs again. Its key has the image's name, not what is in it, and neither variables nor secrets nor an age: where
    /// that could bring up something old, the step always runs.
    /// </summary>
    private bool IsCached(NodeManifest node) =>
        CacheLoss(node, target) is null && node is { Cache: true, Kind: NodeKind.Step };

    /// <summary>Why a cached step always runs; null: it does not, or it is not cached.</summary>
    public static string? CacheLoss(NodeManifest node, KfpTarget target) =>
        node is not { Kind: NodeKind.Step, Cache: true } ? null
        : !target.IsPinned
            ? "Kubeflow's cache looks at the image's name only, and this one is no digest (NAME@sha256:…)"
        : node.CacheExpiryMs is not null ? "Kubeflow's cache has no expiry"
        : node.Environment.Count + node.Secrets.Count > 0 ? "Kubeflow's cache does not look at environment variables"
        : null;

    private KfpArgument Argument(KfpLeaf leaf, ArgumentManifest argument)
    {
        if (argument.Parameter is { } name)
        {
            return new KfpArgument(Parameter: Take(leaf, argument.Name, name));
        }

        if (argument.Item is { } loop)
        {
            var item = KfpValue.Item(loop);
            var key = leaf.TakeParameter(argument.Name, KfpTypes.Of(item), wiring.Get(leaf.Dag, item));
            return new KfpArgument(Parameter: key, Json: true, Path: argument.Path);
        }

        if (argument.Run is { } fact)
        {
            return Fact(leaf, argument.Name, fact);
        }

        return argument.Value is { } value && KfpTypes.OfConstant(value) is { } type
            ? new KfpArgument(Parameter: leaf.TakeConstant(argument.Name, new IrParameter(type), value))
            : new KfpArgument(argument.Value);
    }

    private KfpArgument Fact(KfpLeaf leaf, string argument, string fact)
    {
        if (fact == "id")
        {
            var id = JsonSerializer.SerializeToElement("{{$.pipeline_job_uuid}}");
            return new KfpArgument(Parameter: leaf.TakeConstant(argument, new(IrParameterTypes.String), id));
        }

        if (fact == "partition")
        {
            return new KfpArgument(Parameter: Take(leaf, argument, KfpParameters.Partition));
        }

        if (!layout.HasExit)
        {
            // Nothing comes before the exit handler.
            return new KfpArgument(JsonSerializer.SerializeToElement(fact == "state" ? "succeeded" : ""));
        }

        var source = wiring.Get(leaf.Dag, KfpValue.Status);
        return new KfpArgument(
            Parameter: leaf.TakeParameter("status", wiring.TypeOf(KfpValue.Status, source), source),
            Status: fact
        );
    }

    private string Take(KfpLeaf leaf, string argument, string parameter)
    {
        var value = KfpValue.Parameter(parameter);
        var source = wiring.Get(leaf.Dag, value);
        var key = leaf.TakeParameter(argument, wiring.TypeOf(value, source), source);
        if (nodes.Parameter(parameter) is { } declared && HasLimits(declared))
        {
            leaf.Limit(key, declared with { Default = null });
        }

        return key;
    }

    public static bool HasLimits(ParameterManifest parameter) =>
        parameter.Min is not null || parameter.Max is not null || parameter.Choices is not null;

    private static IrRetryPolicy? Retry(NodeManifest node)
    {
        var retry =
            node.Retries.FirstOrDefault(candidate => candidate.On == "*")
            ?? (node.Retries is [var first, ..] ? first : null);
        if (retry is null)
        {
            return node.MaxAttempts > 1 ? new IrRetryPolicy(node.MaxAttempts - 1, null, null, null) : null;
        }

        var again = retry.MaxAttempts > 0 ? retry.MaxAttempts - 1 : AttemptsWithin(retry);
        return again == 0
            ? null
            : new IrRetryPolicy(
                again,
                Seconds(retry.IntervalMs),
                retry.BackOff > 0 ? retry.BackOff : 1,
                Seconds(retry.WithinMs > 0 ? Math.Min(retry.WithinMs, RetryMsMax) : RetryMsMax)
            );
    }

    // Kubeflow wants a number: as many as the time has room for.
    private static int AttemptsWithin(RetryManifest retry) =>
        (int)Math.Clamp(RetryMsMax / Math.Max(1_000, retry.IntervalMs), 1, 1_000);

    private static string Seconds(long milliseconds) =>
        (milliseconds / 1000m).ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
