using System.Text.Json;
using Rondo.Pipelines.Catalog;

namespace Rondo.Pipelines.Runs;

/// <summary>A wish to run that was checked, with its sources pinned: all that is left is to write it down.</summary>
internal sealed record PreparedRun(
    string Id,
    NewRun Wish,
    DeployedPipeline Pipeline,
    PipelineGraph Graph,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    IReadOnlyDictionary<string, RunSource> Sources,
    DateTimeOffset? AsOf
);
