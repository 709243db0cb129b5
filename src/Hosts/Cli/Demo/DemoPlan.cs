namespace Rondo.Cli.Demo;

/// <summary>What the demo plays: the names in the example, and the days.</summary>
internal sealed record DemoPlan(string Example, string Folder, string Until)
{
    public const string Project = "transit";
    public const string Dataset = "station-days";
    public const string Endpoint = "station-demand";
    public const string FrozenEndpoint = "station-demand-first";
    public const string Model = "station-demand";
    public const string BrokenPeriod = "2008Q2";
    public const string FirstReplayedDay = "2005-01-01";

    /// <summary>Everything that the city has counted.</summary>
    public string Data => Path.Combine(Example, "data", "chicago.csv");
}
