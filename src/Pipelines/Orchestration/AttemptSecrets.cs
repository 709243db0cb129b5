using Rondo.Pipelines.Runs;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;
using Rondo.Secrets;

namespace Rondo.Pipelines.Orchestration;

/// <summary>The secrets of steps: by name when a run is made, by version in a plan, by value when an attempt begins.</summary>
internal sealed class AttemptSecrets(SecretStore secrets)
{
    private static readonly Dictionary<string, string> s_none = new(StringComparer.Ordinal);

    /// <summary>Refuses a run whose steps need a secret that does not exist.</summary>
    public Task RequireAsync(string project, string environment, PipelineShape shape) =>
        secrets.ResolveAsync(
            project,
            environment,
            [.. shape.Manifest.Nodes.SelectMany(node => node.Secrets.Values).Distinct(StringComparer.Ordinal)]
        );

    /// <summary>Environment variable → the version of the secret that an attempt gets; null where there are none.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> VersionsAsync(RunInfo run, NodeManifest node)
    {
        if (node.Secrets.Count == 0)
        {
            return null;
        }

        var uses = await secrets.ResolveAsync(
            run.Project,
            run.Environment,
            [.. node.Secrets.Values.Distinct(StringComparer.Ordinal)]
        );
        return node.Secrets.ToDictionary(pair => pair.Key, pair => uses[pair.Value].ToString(), StringComparer.Ordinal);
    }

    /// <summary>Environment variable → value, for the attempt's process and nothing else.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ValuesAsync(StepPlan plan)
    {
        if (plan.Identity?.Secrets is not { Count: > 0 } versions)
        {
            return s_none;
        }

        var uses = versions.ToDictionary(pair => pair.Key, pair => SecretUse.Parse(pair.Value), StringComparer.Ordinal);
        var values = await secrets.ValuesAsync(plan.Run.Project, [.. uses.Values.Distinct()]);
        return uses.ToDictionary(pair => pair.Key, pair => values[pair.Value], StringComparer.Ordinal);
    }
}
