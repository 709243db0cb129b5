using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What starts a pipeline by itself.</summary>
public sealed class Trigger
{
    private static readonly string[] FinalStates = ["succeeded", "failed", "stopped", "cancelled"];

    private Trigger(TriggerManifest manifest)
    {
        Manifest = manifest;
    }

    internal TriggerManifest Manifest { get; }

    /// <summary>At the times of a cron line (minute, hour, day of month, month, day of week) in an IANA time zone.</summary>
    public static Trigger Schedule(string cron, string timeZone = "UTC")
    {
        CronLine.Check(cron);
        CronLine.CheckTimeZone(timeZone);
        return new(new TriggerManifest("schedule", Cron: cron, TimeZone: timeZone));
    }

    /// <summary>When the dataset has grown by so many rows since the last run.</summary>
    public static Trigger NewRows(IDataset dataset, long rows) =>
        rows >= 1
            ? new(new TriggerManifest("new-rows", Dataset: dataset.Name, Rows: rows))
            : throw Bad($"on new rows of dataset '{dataset.Name}' cannot wait for {rows} rows", "Give 1 or more");

    /// <summary>When the dataset has so many new versions since the last run.</summary>
    public static Trigger NewVersions(IDataset dataset, long versions = 1) =>
        versions >= 1
            ? new(new TriggerManifest("new-versions", Dataset: dataset.Name) { Versions = versions })
            : throw Bad(
                $"on new versions of dataset '{dataset.Name}' cannot wait for {versions} versions",
                "Give 1 or more"
            );

    /// <summary>When a drift monitor of the endpoint raises an alert.</summary>
    public static Trigger Drift(string endpoint) => new(new TriggerManifest("drift", Endpoint: endpoint));

    /// <summary>When a quality or freshness monitor of the endpoint raises an alert.</summary>
    public static Trigger Degraded(string endpoint) => new(new TriggerManifest("degraded", Endpoint: endpoint));

    /// <summary>When a package with this pipeline is released to the environment.</summary>
    public static Trigger Release() => new(new TriggerManifest("release"));

    /// <summary>When a run of another pipeline has ended in one of these states; without any, when it has succeeded.</summary>
    public static Trigger After(Pipeline pipeline, params IReadOnlyList<string> states) =>
        states.FirstOrDefault(state => !FinalStates.Contains(state, StringComparer.Ordinal)) is { } bad
            ? throw Bad(
                $"after pipeline '{pipeline.Name}' cannot wait for the state '{bad}'",
                $"Name final states: {string.Join(", ", FinalStates)}"
            )
            : new(
                new TriggerManifest("pipeline")
                {
                    Pipeline = pipeline.Name,
                    States = states.Count == 0 ? [FinalStates[0]] : [.. states],
                }
            );

    /// <summary>
    /// When an event of this type is appended, for example <c>dataset.version-added</c>; <see cref="Where"/> narrows it.
    /// </summary>
    public static Trigger On(string eventType)
    {
        var good =
            eventType is { Length: > 2 and <= 100 }
            && eventType.Contains('.')
            && eventType.All(letter =>
                char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '-'
            );
        return good
            ? new(new TriggerManifest("event") { Event = eventType })
            : throw Bad(
                $"cannot be on '{eventType}', which is not the type of an event",
                "Give one such as 'model.registered'"
            );
    }

    /// <summary>Only events with this value of a member of their data (dots name members of members).</summary>
    public Trigger Where(string member, string value) =>
        Manifest.Kind == "event"
            ? With(
                Manifest with
                {
                    Where = new SortedDictionary<string, string>(
                        (Manifest.Where ?? new Dictionary<string, string>(StringComparer.Ordinal)).ToDictionary(
                            StringComparer.Ordinal
                        ),
                        StringComparer.Ordinal
                    )
                    {
                        [member] = value,
                    },
                }
            )
            : throw Bad(
                $"of kind {Manifest.Kind} has no members to ask for",
                "Use Trigger.On(\"event.type\").Where(…)"
            );

    /// <summary>A schedule that does not fire before this instant.</summary>
    public Trigger StartingAt(DateTimeOffset instant) => With(Schedules("StartingAt") with { StartAt = instant });

    /// <summary>A schedule that does not fire after this instant.</summary>
    public Trigger EndingAt(DateTimeOffset instant) =>
        Schedules("EndingAt").StartAt >= instant
            ? throw Bad($"would end at {instant:u}, before it starts", "Give an end after the start")
            : With(Manifest with { EndAt = instant });

    /// <summary>What a schedule does about times that passed while nobody looked; otherwise <see cref="Rondo.Sdk.CatchUp.Latest"/>.</summary>
    public Trigger CatchUp(CatchUp policy) =>
        With(
            Schedules("CatchUp") with
            {
                CatchUp = policy switch
                {
                    Sdk.CatchUp.None => "none",
                    Sdk.CatchUp.Latest => "latest",
                    _ => "all",
                },
            }
        );

    /// <summary>What happens when a run of the pipeline is under way; otherwise <see cref="Rondo.Sdk.Overlap.Skip"/>.</summary>
    public Trigger Overlap(Overlap policy) =>
        With(
            Manifest with
            {
                Overlap = policy switch
                {
                    Sdk.Overlap.Skip => "skip",
                    Sdk.Overlap.Queue => "queue",
                    _ => "cancel-previous",
                },
            }
        );

    private Trigger With(TriggerManifest manifest) => new(manifest);

    private TriggerManifest Schedules(string what) =>
        Manifest.Kind == "schedule"
            ? Manifest
            : throw Bad($"of kind {Manifest.Kind} has no {what}", "Say it of Trigger.Schedule(…)");

    private static RondoException Bad(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"A trigger {what}.", mend + ".");
}

/// <summary>What a schedule does about times that passed while nobody looked.</summary>
public enum CatchUp
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One run for all of them.</summary>
    Latest,

    /// <summary>A run for each, up to a bound.</summary>
    All,
}

/// <summary>What happens to a run that is to start while another of the pipeline is under way.</summary>
public enum Overlap
{
    /// <summary>It is recorded as skipped.</summary>
    Skip,

    /// <summary>It waits.</summary>
    Queue,

    /// <summary>The other one is cancelled.</summary>
    CancelPrevious,
}
