using Rondo.Mlflow.Wire;
using Rondo.Registry.Governance;

namespace Rondo.Registry.Clients;

/// <summary>MLflow's stages are a view of the states: what was rejected is archived to them.</summary>
internal static class ModelStage
{
    /// <summary>The stage of a row, in SQL.</summary>
    public const string Sql =
        "case state when 'pending' then 'None' when 'approved' then 'Staging' when 'production' then 'Production' else 'Archived' end";

    private static readonly (string Stage, string State)[] s_stages =
    [
        ("None", VersionState.Pending),
        ("Staging", VersionState.Approved),
        ("Production", VersionState.Production),
        ("Archived", VersionState.Archived),
    ];

    public static string Of(string state) => s_stages.FirstOrDefault(pair => pair.State == state).Stage ?? "Archived";

    /// <summary>The state that a stage asks for, however it is written.</summary>
    public static string StateOf(string stage) =>
        s_stages.FirstOrDefault(pair => pair.Stage.Equals(stage, StringComparison.OrdinalIgnoreCase)).State
        ?? throw Refusal.Invalid(
            $"Invalid Model Version stage: {stage}. Value must be one of {string.Join(", ", s_stages.Select(pair => pair.Stage))}."
        );

    /// <summary>Whether there is a stage of this name.</summary>
    public static bool IsKnown(string stage) =>
        s_stages.Any(pair => pair.Stage.Equals(stage, StringComparison.OrdinalIgnoreCase));

    /// <summary>A stage of which one version at most is wanted.</summary>
    public static bool IsActive(string state) => state is VersionState.Approved or VersionState.Production;
}
