using System.Text.Json;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Works out what is to be done about a ready node: what exactly it would compute, or that it is passed over. The number of statements
/// depends on the node's own inputs, however large the graph is.
/// </summary>
internal sealed class StepPlanner(
    Database database,
    PipelineVersions versions,
    ItemLists lists,
    IBlobStore blobs,
    AttemptSecrets secrets
)
{
    // A step's random numbers are the same in every run: equal inputs make equal outputs, and the cache can serve them.
    private const int Seed = 1;

    private const int ConditionBytesMax = 1024 * 1024;

    public async Task<StepDecision> DecideAsync(ReadyStep ready, RunInfo run, CancellationToken cancellation)
    {
        var shape = await versions.GetAsync(run.VersionId);
        var node = shape[ready.Template];
        var found = await database.ReadAsync(session => NodeInputs.ReadAsync(session, shape, ready, run), cancellation);
        if (found.NeedsFailed is { } failed)
        {
            return new PassOver(run, node, ready, StepDecisions.NeedsFailed, $"It needs '{failed}', which failed.");
        }

        if (node.Condition is { } condition && !await HoldsAsync(condition, found, run, cancellation))
        {
            return new PassOver(run, node, ready, StepDecisions.Condition, "Its condition does not hold.");
        }

        if (node.Kind == NodeKind.Merge)
        {
            return Merge(run, node, ready, found);
        }

        if (found.Missing is { } missing)
        {
            return new PassOver(run, node, ready, StepDecisions.Missing, missing);
        }

        return node.Kind switch
        {
            NodeKind.Group => new OpenGroup(run, node, ready, shape.Children(node.Id).Count, null),
            NodeKind.ForEach => new OpenGroup(
                run,
                node,
                ready,
                shape.Children(node.Id).Count,
                (await lists.ItemsAsync(shape, ready, node, cancellation)).Count
            ),
            NodeKind.Approval => new AskPerson(run, node, ready),
            NodeKind.Fail => new FailRun(run, node, ready),
            _ => await PlanAsync(shape, run, ready, found, cancellation),
        };
    }

    /// <summary>What a step would compute, where that follows from the session's database alone; null: <see cref="DecideAsync"/> has to look.</summary>
    public async ValueTask<StepPlan?> PlanInsideAsync(Session session, ReadyStep ready, RunInfo run)
    {
        var shape = await versions.GetAsync(session, run.VersionId);
        var node = shape[ready.Template];
        if (
            node.Kind != NodeKind.Step
            || node.Condition is not null
            || node.Secrets.Count > 0
            || node.Arguments.Any(argument => argument.Item is not null)
            || shape.Path(node.Id)[0].Always
            || run.Resumes is not null
        )
        {
            return null;
        }

        var found = await NodeInputs.ReadAsync(session, shape, ready, run);
        return
            found.NeedsFailed is not null
            || found.Missing is not null
            || found.Artifacts.Values.Contains(NoneArtifact.Reference)
            ? null
            : await PlanAsync(shape, run, ready, found, CancellationToken.None);
    }

    private static StepDecision Merge(RunInfo run, NodeManifest node, ReadyStep ready, NodeInputs found)
    {
        foreach (var input in node.Inputs)
        {
            if (found.Artifacts.GetValueOrDefault(input.Port) is { } artifact && artifact.Type != ArtifactTypes.None)
            {
                var taken = new Dictionary<string, ArtifactRef>(StringComparer.Ordinal) { [input.Port] = artifact };
                var nothing = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
                var plan = new StepPlan(run, node, ready, taken, nothing, null, null);
                return new TakeOver(plan, new StepOutput(node.Outputs[0].Port, artifact, null));
            }
        }

        return new PassOver(run, node, ready, StepDecisions.Missing, "None of the branches has run.");
    }

    private async Task<StepPlan> PlanAsync(
        PipelineShape shape,
        RunInfo run,
        ReadyStep ready,
        NodeInputs found,
        CancellationToken cancellation
    )
    {
        var node = shape[ready.Template];
        if (found.Artifacts.Values.Contains(NoneArtifact.Reference))
        {
            await NoneArtifact.PutAsync(blobs, cancellation);
        }

        var arguments = await ArgumentsAsync(shape, run, ready, cancellation);
        var identity = new StepIdentity(
            node.Step,
            node.CodeDigest,
            found.Artifacts,
            arguments,
            node.Outputs,
            node.Seed ?? Seed,
            node.Environment.Count == 0 ? null : node.Environment,
            Salt: node.Salt
        )
        {
            Secrets = await secrets.VersionsAsync(run, node),
        };
        return new StepPlan(run, node, ready, found.Artifacts, arguments, identity, identity.Digest());
    }

    private async Task<IReadOnlyDictionary<string, JsonElement>> ArgumentsAsync(
        PipelineShape shape,
        RunInfo run,
        ReadyStep ready,
        CancellationToken cancellation
    )
    {
        var arguments = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var argument in shape[ready.Template].Arguments)
        {
            arguments[argument.Name] = argument switch
            {
                { Parameter: { } name } => run.ParameterValue(name),
                { Run: { } fact } => run.Fact(fact),
                { Item: { } loop } => await lists.ItemAsync(shape, ready, loop, argument.Path, cancellation),
                _ => argument.Value!.Value,
            };
        }

        return arguments;
    }

    private async Task<bool> HoldsAsync(
        ConditionManifest condition,
        NodeInputs found,
        RunInfo run,
        CancellationToken cancellation
    )
    {
        var values = new Dictionary<TestManifest, JsonElement?>();
        foreach (var test in condition.All)
        {
            values[test] =
                test.Parameter is { } name ? run.ParameterValue(name)
                : found.Tested.GetValueOrDefault((test.FromNode!, test.FromPort!)) is { } artifact
                    ? await JsonOfAsync(artifact, cancellation)
                : null;
        }

        return Conditions.Hold(condition, test => values[test]);
    }

    private async Task<JsonElement?> JsonOfAsync(ArtifactRef artifact, CancellationToken cancellation)
    {
        if (artifact.Type == ArtifactTypes.None)
        {
            return null;
        }

        if (artifact.Size > ConditionBytesMax)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"A condition looks at an artifact of {artifact.Size} bytes; at most {ConditionBytesMax} can be read.",
                "Let the step give what the condition needs as an output of its own."
            );
        }

        var bytes = await blobs.ReadAsync(artifact.Digest, cancellation);
        try
        {
            return JsonDocument.Parse(bytes).RootElement;
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"A condition looks at an artifact of type {artifact.Type}, which is not JSON: {e.Message}",
                "Let it look at a record that a step returns.",
                e
            );
        }
    }
}
