using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tracking.Rules;

/// <summary>The names that experiments and runs have.</summary>
internal static class TrackingNames
{
    /// <summary>The tag that holds a run's name.</summary>
    public const string RunNameTag = "mlflow.runName";

    /// <summary>The tag that holds what somebody has noted of a run or an experiment.</summary>
    public const string NoteTag = "mlflow.note.content";

    /// <summary>The tag that holds the id of the run in which another is nested.</summary>
    public const string ParentRunTag = "mlflow.parentRunId";

    /// <summary>Refuses a place for artifacts that artifacts cannot be put in.</summary>
    public static void CheckLocation(string location)
    {
        Names.CheckLength(location, "artifact_location", Limits.LocationMax);
        if (location.StartsWith("runs:", StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal.Value(
                Names.Json(location),
                "artifact_location",
                "Artifacts of an experiment cannot be inside a run."
            );
        }

        if (location.AsSpan().IndexOfAny('#', '?') >= 0)
        {
            throw Refusal.Value(
                Names.Json(location),
                "artifact_location",
                "A place of artifacts has neither a query ('?') nor a fragment ('#')."
            );
        }

        var path = ArtifactAddress.PathBehindProxy(location);
        if (path is null ? TransferAddress.IsProxied(location) : !ArtifactPath.IsPlain(path) || HidesSlash(location))
        {
            throw Refusal.Value(
                Names.Json(location),
                "artifact_location",
                "A place behind the proxy of artifacts is mlflow-artifacts:/ and a path of plain names: none of them is empty, '.' or '..', "
                    + "and none has a slash or backslash in it, however it is written. Write mlflow-artifacts:/NAME, or leave the place "
                    + "out: the experiment then has one of its own."
            );
        }
    }

    /// <summary>An experiment's id as a number.</summary>
    public static long ExperimentId(string text) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, null, out var id)
            ? id
            : throw Refusal.Value(Names.Json(text), "experiment_id", "The id of an experiment is a whole number.");

    // Clients send it as it is written, and it would be another path here.
    private static bool HidesSlash(string location) => location.Contains("%2f", StringComparison.OrdinalIgnoreCase);
}
