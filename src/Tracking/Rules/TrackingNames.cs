using Rondo.Mlflow.Wire;

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
    }

    /// <summary>An experiment's id as a number.</summary>
    public static long ExperimentId(string text) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, null, out var id)
            ? id
            : throw Refusal.Value(Names.Json(text), "experiment_id", "The id of an experiment is a whole number.");
}
