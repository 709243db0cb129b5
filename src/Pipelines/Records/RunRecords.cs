using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;
using Rondo.Registry;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Records;

/// <summary>Puts a run's record together from what was written down while it ran.</summary>
internal sealed class RunRecords(Database database, RunReader runs, PipelineVersions versions, ModelRegistry registry)
{
    public async Task<RunRecord> GetAsync(string id, StepFilter filter)
    {
        var (run, shape, details) = await database.ReadAsync(async session =>
        {
            var found = await runs.GetAsync(session, id, filter);
            return (
                found,
                await versions.GetAsync(session, found.VersionId),
                await DetailsAsync(session, id, [.. found.Steps.Select(step => step.NodeId)])
            );
        });
        return new RunRecord(
            run.Id,
            run.Project,
            run.Environment,
            run.State,
            run.Reason,
            new RecordedVersions(run.Pipeline, run.VersionId, run.Package, run.Commit, ComponentsOf(shape)),
            RecordedTimes.Of(run.CreatedAt, run.StartedAt, run.FinishedAt),
            new RecordedActor(run.Actor, run.Trigger, run.Evidence, run.Cause),
            run.Parameters,
            await ModelsAsync(run),
            [.. run.Steps.Select(step => StepOf(step, details))],
            run.MoreSteps
        );
    }

    private static IReadOnlyList<RecordedComponent> ComponentsOf(PipelineShape shape) =>
        [
            .. shape
                .Manifest.Nodes.Where(node => node.Kind == NodeKind.Step)
                .Select(node => new RecordedComponent(node.Id, node.Step, node.CodeDigest)),
        ];

    private static async Task<StepDetails> DetailsAsync(Session session, string runId, IReadOnlyList<string> nodes)
    {
        var identities = await session.QueryAsync<(string NodeId, string Record)>(
            """
            select node_id, record from pipelines_step
            where run_id = @runId and node_id in @nodes and record is not null
            """,
            new { runId, nodes }
        );
        var owners = await session.QueryAsync<(string NodeId, long Attempt, string Owner)>(
            "select node_id, attempt, owner from pipelines_attempt where run_id = @runId and node_id in @nodes",
            new { runId, nodes }
        );
        return new StepDetails(
            identities.ToDictionary(
                row => row.NodeId,
                row => JsonSerializer.Deserialize<StepIdentityRow>(row.Record, RondoJson.Options)!,
                StringComparer.Ordinal
            ),
            owners.ToDictionary(row => (row.NodeId, row.Attempt), row => row.Owner)
        );
    }

    private static RecordedStep StepOf(RunStep step, StepDetails details)
    {
        var identity = details.Identities.GetValueOrDefault(step.NodeId);
        return new RecordedStep(
            step.NodeId,
            step.Kind,
            step.Step,
            step.State,
            step.Decision,
            step.ReusedFrom,
            RecordedTimes.Of(null, step.StartedAt, step.FinishedAt),
            [
                .. step.Attempts.Select(attempt => new RecordedAttempt(
                    attempt.Attempt,
                    attempt.State,
                    details.Owners.GetValueOrDefault((step.NodeId, attempt.Attempt), ""),
                    RecordedTimes.Of(null, attempt.StartedAt, attempt.FinishedAt),
                    attempt.Message
                )),
            ],
            identity?.Arguments,
            identity is not null
                ? [.. identity.Inputs.Select(input => Recorded(input.Key, input.Value))]
                :
                [
                    .. step
                        .Inputs.Where(input => input.Artifact is not null)
                        .Select(input => Recorded(input.Port, input.Artifact!)),
                ],
            [.. step.Outputs.Select(output => Recorded(output.Port, output.Artifact, output.Summary))],
            step.Metrics
        );
    }

    private static RecordedArtifact Recorded(string port, ArtifactRef artifact, JsonElement? summary = null) =>
        new(port, RoleOf(artifact.Type), artifact, summary);

    private static string RoleOf(string type) =>
        type switch
        {
            ArtifactTypes.DatasetVersion => "dataset",
            ArtifactTypes.RawTable => "raw-data",
            ArtifactTypes.Table => "prepared-data",
            ArtifactTypes.ValidationReport => "anomalies",
            ArtifactTypes.Statistics => "statistics",
            ArtifactTypes.Preparation => "preparation",
            ArtifactTypes.Model => "model",
            ArtifactTypes.ModelProposal => "evaluation",
            ArtifactTypes.SweepReport => "sweep",
            _ => "other",
        };

    // What the run proposed; and the models that it took although it proposed none of that name.
    private async Task<IReadOnlyList<RecordedModel>> ModelsAsync(Run run)
    {
        var models = new List<RecordedModel>();
        foreach (var version in await registry.OfRunAsync(run.Id))
        {
            var key = new ModelKey(version.Project, version.Environment, version.Model);
            models.Add(
                new RecordedModel(
                    version.Model,
                    version.Id,
                    version.Artifact,
                    Passed: true,
                    version.TrainMetrics,
                    version.TestMetrics,
                    await PointAsync(key, version.Before.Registered),
                    await PointAsync(key, version.Before.Serving)
                )
            );
        }

        foreach (var rejected in await registry.RejectionsOfRunAsync(run.Id))
        {
            var key = new ModelKey(rejected.Project, rejected.Environment, rejected.Model);
            models.Add(
                new RecordedModel(
                    rejected.Model,
                    null,
                    rejected.Artifact,
                    Passed: false,
                    rejected.TrainMetrics,
                    rejected.TestMetrics,
                    await PointAsync(key, rejected.Before.Registered),
                    await PointAsync(key, rejected.Before.Serving)
                )
            );
        }

        foreach (var source in run.Sources.Values.Where(s => s.Kind == NodeKind.ServingModel && s.Version is not null))
        {
            if (!models.Exists(model => model.Model == source.Name))
            {
                var served = await PointAsync(new ModelKey(run.Project, run.Environment, source.Name), source.Version);
                models.Add(new RecordedModel(source.Name, null, null, Passed: false, s_none, s_none, null, served));
            }
        }

        return models;
    }

    private async Task<ModelPointer?> PointAsync(ModelKey key, long? version) =>
        version is { } number && await registry.LookUpAsync(key, number) is { } found
            ? new ModelPointer(found.Id, found.Proposal.Artifact, found.DeletedAt is not null)
            : null;

    private static readonly IReadOnlyDictionary<string, double> s_none = new Dictionary<string, double>(
        StringComparer.Ordinal
    );

    private sealed record StepDetails(
        IReadOnlyDictionary<string, StepIdentityRow> Identities,
        IReadOnlyDictionary<(string NodeId, long Attempt), string> Owners
    );

    // The part of a step's identity that the record shows.
    private sealed record StepIdentityRow(IReadOnlyDictionary<string, ArtifactRef> Inputs, JsonElement Arguments);
}
