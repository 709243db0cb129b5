namespace Rondo.Pipelines.Triggers;

/// <summary>What a trigger does when as many runs are under way as may be.</summary>
internal static class Overlap
{
    /// <summary>Starts none, and says so. The default.</summary>
    public const string Skip = "skip";

    /// <summary>Starts one that waits for its turn.</summary>
    public const string Queue = "queue";

    /// <summary>Calls off the runs under way, and starts one.</summary>
    public const string CancelPrevious = "cancel-previous";
}
