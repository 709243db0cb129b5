namespace Rondo.Sdk;

/// <summary>Why a step of a local run was computed, or was not.</summary>
/// <param name="Node">The step.</param>
/// <param name="State">How it ended.</param>
/// <param name="Decision">One of the <see cref="LocalDecisions"/>; null where there was nothing to decide.</param>
/// <param name="Why">The same in words.</param>
/// <param name="ComparedWith">The latest earlier run of the step; null: there is none, or it does not matter.</param>
/// <param name="Changes">Which parts of its identity have changed since.</param>
public sealed record LocalExplanation(
    string Node,
    LocalState State,
    string? Decision,
    string Why,
    string? ComparedWith,
    IReadOnlyList<IdentityChange> Changes
)
{
    /// <summary>The node of the pipeline that the step is an instance of: within a for-each, all items share it.</summary>
    public string Template { get; init; } = Node;
}
