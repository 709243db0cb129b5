using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What starts a pipeline by itself.</summary>
public sealed class Trigger
{
    private Trigger(TriggerManifest manifest) => Manifest = manifest;

    internal TriggerManifest Manifest { get; }

    /// <summary>At the times of a cron line (minute, hour, day of month, month, day of week) in an IANA time zone.</summary>
    public static Trigger Schedule(string cron, string timeZone = "UTC")
    {
        CronLine.Check(cron);
        CronLine.CheckTimeZone(timeZone);
        return new(new TriggerManifest("schedule", Cron: cron, TimeZone: timeZone));
    }

    /// <summary>When the dataset has grown by so many rows since the last run.</summary>
    public static Trigger NewRows(IDataset dataset, long rows)
    {
        if (rows < 1)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"A trigger on new rows of dataset '{dataset.Name}' cannot wait for {rows} rows.",
                "Give 1 or more."
            );
        }
        return new(new TriggerManifest("new-rows", Dataset: dataset.Name, Rows: rows));
    }

    /// <summary>When a drift monitor of the endpoint raises an alert.</summary>
    public static Trigger Drift(string endpoint) => new(new TriggerManifest("drift", Endpoint: endpoint));

    /// <summary>When a quality or freshness monitor of the endpoint raises an alert.</summary>
    public static Trigger Degraded(string endpoint) => new(new TriggerManifest("degraded", Endpoint: endpoint));

    /// <summary>When a package with this pipeline is released to the environment.</summary>
    public static Trigger Release() => new(new TriggerManifest("release"));
}
