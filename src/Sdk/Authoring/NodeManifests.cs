using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

internal static class NodeManifests
{
    public static NodeManifest Of(StepNode node, CodeClosure code) =>
        new(
            node.Id,
            node.Kind,
            node.Step,
            node.Source,
            node.Kind == NodeKind.Step ? code.DigestOf(node) : "",
            [.. node.InputPorts.Select(Of)],
            node.ArgumentValues,
            [.. node.OutputPorts.Select(output => new PortManifest(output.Port, output.Type))],
            node.Cache,
            node.MaxAttempts,
            node.TimeoutMs
        )
        {
            Parent = node.Parent?.Id,
            After = [.. node.AfterNodes.Select(after => after.Id).Distinct(StringComparer.Ordinal)],
            Condition = node.Condition is { } condition
                ? new([.. condition.Condition.Tests.Select(test => test.ToManifest())], condition.Not)
                : null,
            ForEach = node.Items is { } items
                ? new(items.From?.Node.Id, items.From?.Port, items.Constant, items.ParallelMax)
                : null,
            Approval = node.Approval,
            Message = node.Message,
            Always = node.Always,
            Retries = [.. node.Options.Retries, .. node.Options.StepRetries],
            Resources = node.Options.Resources,
            Pool = node.Options.Pool,
            CacheExpiryMs = node.Options.CacheExpiryMs,
            Environment = node.Options.Environment,
            Secrets = node.Options.Secrets,
            Isolated = node.Options.Isolated,
            Seed = node.Options.Seed,
            Salt = node.Options.Salt,
            Optional = node.Optional,
            Additions = [.. node.Additions],
        };

    private static InputManifest Of(NodeInput input) =>
        new(input.Port, input.Type, input.From.Node.Id, input.From.Port)
        {
            AllowNone = input.AllowNone,
            FanIn = input.FanIn is not null,
        };
}
