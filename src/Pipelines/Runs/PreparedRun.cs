using System.Text.Json;
using Rondo.Sdk.Graphs;

namespace Rondo.Pipelines.Runs;

/// <summary>A wish to run that was checked, with its sources pinned: all that is left is to write it down.</summary>
internal sealed record PreparedRun(
    string Id,
    NewRun Wish,
    RunCode Code,
    PipelineShape Shape,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    IReadOnlyDictionary<string, RunSource> Sources,
    DateTimeOffset? AsOf
)
{
    /// <summary>The earlier run whose outputs it takes where they are the same.</summary>
    public string? Resumes { get; init; }

    /// <summary>The earlier run that it does again.</summary>
    public string? Reruns { get; init; }
}

/// <summary>What a run executes: a version of a pipeline, from a package, of a commit.</summary>
internal sealed record RunCode(string VersionId, string Package, string Commit)
{
    public static RunCode Of(DeployedPipeline pipeline) => new(pipeline.VersionId, pipeline.Package, pipeline.Commit);
}
