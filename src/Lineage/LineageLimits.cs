namespace Rondo.Lineage;

/// <summary>How far a walk goes. What is cut says so.</summary>
public static class LineageLimits
{
    /// <summary>The most executions in one answer.</summary>
    public const int ExecutionsMax = 20_000;

    /// <summary>The most inputs and outputs in one answer.</summary>
    public const int EventsMax = 100_000;

    /// <summary>The most names of artifacts in one answer.</summary>
    public const int NamesMax = 20_000;

    /// <summary>The most runs whose facts are in one answer.</summary>
    public const int RunsMax = 1000;

    /// <summary>The most endpoints, with what they served, in one answer.</summary>
    public const int DeploymentsMax = 1000;

    /// <summary>How many events a run's cause is followed back through.</summary>
    public const int CausesMax = 8;
}
