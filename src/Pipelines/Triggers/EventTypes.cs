using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Rondo.Pipelines.Triggers;

/// <summary>Names of kinds of events: which are well formed, and which only the platform itself appends.</summary>
internal static partial class EventTypes
{
    public const string TriggerFamily = "trigger";

    private const int LengthMax = 100;

    /// <summary>The first words of the types of the platform's own events. Nobody else may append one: others act on them.</summary>
    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        "access",
        "alert",
        "approval",
        "artifact",
        "backfill",
        "blob",
        "budget",
        "build",
        "change",
        "credential",
        "dataset",
        "deployment",
        "drift",
        "endpoint",
        "environment",
        "evaluation",
        "experiment",
        "feature",
        "garbage",
        "group",
        "label",
        "lease",
        "lineage",
        "model",
        "monitor",
        "package",
        "partition",
        "pipeline",
        "pool",
        "prediction",
        "project",
        "release",
        "repository",
        "rollout",
        "rondo",
        "run",
        "schedule",
        "secret",
        "server",
        "step",
        "subscriber",
        "system",
        "tracking",
        TriggerFamily,
        "webhook",
        "worker",
    };

    /// <summary>Two words or more, with dots between them: <c>orders.closed</c>.</summary>
    public static bool IsType([NotNullWhen(true)] string? type) =>
        type is { Length: <= LengthMax } && Pattern().IsMatch(type);

    /// <summary>The first word.</summary>
    public static string FamilyOf(string type) => type.Split('.')[0];

    [GeneratedRegex(
        "^[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)+$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Pattern();
}
