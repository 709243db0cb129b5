using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>
/// What is kept of every run, so that it can be understood, repeated and taken back: the versions of pipeline and components, when each
/// step began and ended, who or what ran it, the parameters, every artifact, the models before, and the metrics. Long runs give their
/// steps a page at a time: <paramref name="MoreSteps"/> is where the next one begins.
/// </summary>
public sealed record RunRecord(
    string Run,
    string Project,
    string Environment,
    string State,
    string? Reason,
    RecordedVersions Versions,
    RecordedTimes Times,
    RecordedActor ExecutedBy,
    JsonElement Parameters,
    IReadOnlyList<RecordedModel> Models,
    IReadOnlyList<RecordedStep> Steps,
    string? MoreSteps
);

/// <summary>The code: the version of the pipeline's graph, the package and the commit that it was built from, and the version of each step's code.</summary>
public sealed record RecordedVersions(
    string Pipeline,
    string PipelineVersion,
    string Package,
    string Commit,
    IReadOnlyList<RecordedComponent> Components
);

/// <summary>A node of the pipeline, the step that it is, and the digest of all code that the step runs.</summary>
public sealed record RecordedComponent(string Node, string Step, string CodeDigest);

/// <summary>A beginning, an end, and the time between them. A run was also created, which may be long before.</summary>
public sealed record RecordedTimes(
    DateTimeOffset? CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    long? DurationMs
)
{
    public static RecordedTimes Of(DateTimeOffset? created, DateTimeOffset? started, DateTimeOffset? finished) =>
        new(
            created,
            started,
            finished,
            finished is { } end && started is { } begin ? (long)(end - begin).TotalMilliseconds : null
        );
}

/// <summary>Who or what started the run, for which reason, and the event that led to it.</summary>
public sealed record RecordedActor(string Actor, string Trigger, JsonElement Evidence, long? Cause);

/// <summary>
/// One node of the run. <paramref name="Role"/>s of its artifacts say what they are for: <c>dataset</c>, <c>raw-data</c>,
/// <c>prepared-data</c>, <c>anomalies</c>, <c>statistics</c>, <c>model</c>, <c>evaluation</c>, <c>other</c>.
/// </summary>
public sealed record RecordedStep(
    string Node,
    string Kind,
    string Step,
    string State,
    string? Decision,
    string? ReusedFrom,
    RecordedTimes Times,
    IReadOnlyList<RecordedAttempt> Attempts,
    JsonElement? Arguments,
    IReadOnlyList<RecordedArtifact> Inputs,
    IReadOnlyList<RecordedArtifact> Outputs,
    IReadOnlyDictionary<string, double> Metrics
);

/// <summary>One try at a step, and the start of the server that ran it.</summary>
public sealed record RecordedAttempt(long Attempt, string State, string Server, RecordedTimes Times, string? Message);

/// <summary>A pointer to bytes: <c>type:digest</c> is its name in lineage.</summary>
public sealed record RecordedArtifact(string Port, string Role, ArtifactRef Artifact, JsonElement? Summary);

/// <summary>
/// A model that the run trained, or took: its metrics on training and test data, and what to go back to or to compare with. Without
/// <paramref name="Version"/> its gate did not let it through.
/// </summary>
public sealed record RecordedModel(
    string Model,
    string? Version,
    ArtifactRef? Artifact,
    bool Passed,
    IReadOnlyDictionary<string, double> TrainMetrics,
    IReadOnlyDictionary<string, double> TestMetrics,
    ModelPointer? TrainedBefore,
    ModelPointer? ServedBefore
);

/// <summary>A model version and its bytes: enough to serve it again, or to score it on new data. A deleted one is known, and of no use.</summary>
public sealed record ModelPointer(string Version, ArtifactRef? Artifact, bool Deleted);
