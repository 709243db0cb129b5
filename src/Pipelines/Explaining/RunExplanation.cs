using Rondo.Sdk;

namespace Rondo.Pipelines;

/// <summary>Why the steps of a run were computed or not.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Before">The run of the same pipeline before it; null: it is the first.</param>
/// <param name="Sources">What the two took from outside, where it differs.</param>
/// <param name="Steps">The steps, in the order of their declaration.</param>
/// <param name="More">Where the next page of steps begins; null: these are all.</param>
public sealed record RunExplanation(
    string RunId,
    string? Before,
    IReadOnlyList<SourceChange> Sources,
    IReadOnlyList<StepExplanation> Steps,
    string? More
);

/// <summary>A dataset or serving model that is another version than in the run before; null where there was or is none.</summary>
public sealed record SourceChange(string Name, string Kind, long? VersionBefore, long? VersionNow);

/// <summary>Why a step was computed or not.</summary>
/// <param name="NodeId">The step.</param>
/// <param name="State">Its state.</param>
/// <param name="Decision">One of the <see cref="StepDecisions"/>; null where there was nothing to decide.</param>
/// <param name="Why">The same in words.</param>
/// <param name="ComparedWith">The latest earlier run of the step; null: there is none, or it does not matter.</param>
/// <param name="Changes">Which parts of its key have changed since.</param>
public sealed record StepExplanation(
    string NodeId,
    string State,
    string? Decision,
    string Why,
    string? ComparedWith,
    IReadOnlyList<KeyChange> Changes
);

/// <summary>A part of a step's key that has changed. <paramref name="From"/> is what gives an input: a step's output, a dataset, a model.</summary>
public sealed record KeyChange(IdentityPart Part, string? Name, string? Before, string? After, string? From);
