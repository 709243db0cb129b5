using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// A reason to start a run. <paramref name="AsOf"/> is its time in the data, where it has one; <paramref name="Partition"/> the one
/// that the reason itself names.
/// </summary>
internal sealed record Firing(string Reason, JsonElement Evidence, DateTimeOffset? AsOf, string? Partition = null);

/// <summary>What happened and what it means to each kind of trigger. No database, no clock of their own.</summary>
internal static class TriggerRules
{
    /// <summary>Evidence larger than this is left in the log, and pointed at.</summary>
    public const int EvidenceCharsMax = 16 * 1024;

    /// <summary>What an alert means to a trigger; null: nothing.</summary>
    public static Firing? OnAlert(TriggerManifest trigger, JsonElement alert, long position)
    {
        var kind = Text(alert, "kind");
        var fits = trigger.Kind switch
        {
            TriggerKinds.Drift => kind == "drift",
            TriggerKinds.Degraded => kind is "quality" or "freshness",
            _ => false,
        };
        if (!fits || Text(alert, "endpoint") != trigger.Endpoint)
        {
            return null;
        }

        var reason =
            $"{Text(alert, "metric") ?? kind} of {trigger.Endpoint} is {Number(alert, "value")}, over its limit {Number(alert, "limit")}"
            + $", from {Day(alert, "windowFrom")} to {Day(alert, "windowTo")}";
        return new Firing(
            reason,
            Json(
                new
                {
                    EventPosition = position,
                    EventType = "alert.raised",
                    Alert = Bounded(alert),
                }
            ),
            Time(Text(alert, "windowTo"))
        );
    }

    /// <summary>Whether enough rows or versions have come since the last model was trained; null: not yet.</summary>
    public static Firing? OnData(TriggerManifest trigger, RunSource newest, RunSource? used) =>
        newest.Version == used?.Version ? null
        : trigger.Kind == TriggerKinds.NewRows ? OnRows(trigger, newest, used)
        : OnVersions(trigger, newest, used);

    /// <summary>A schedule whose time has come. <paramref name="step"/> says which times before it get no run of their own.</summary>
    public static Firing OnTime(TriggerManifest trigger, ScheduleStep step)
    {
        var due = step.Due!.Value;
        var zone = trigger.TimeZone ?? "UTC";
        var missed = step.Missed == 0 ? "" : $", and {Missed(step)}";
        return new Firing(
            $"schedule {trigger.Cron} ({zone}){missed}",
            Json(
                new
                {
                    trigger.Cron,
                    TimeZone = zone,
                    Due = due,
                    DueLocal = Schedule
                        .Of(trigger)
                        .Local(due)
                        .ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    Missed = step.Missed == 0 ? (int?)null : step.Missed,
                    step.MissedFrom,
                    step.MissedTo,
                }
            ),
            due
        );
    }

    /// <summary>Times of a schedule that passed without a run, in words.</summary>
    public static string Missed(ScheduleStep step) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(step.Missed == CatchUp.CountMax ? "at least " : "")}{step.Missed} earlier time{(step.Missed == 1 ? "" : "s")} since {step.MissedFrom:yyyy-MM-dd HH:mm} UTC missed"
        );

    /// <summary>A new package in the environment.</summary>
    public static Firing OnRelease(JsonElement release) =>
        new(
            $"release of commit {Text(release, "commit")}",
            Json(new { Commit = Text(release, "commit"), Package = Text(release, "package") }),
            null
        );

    /// <summary>The end of a run of another pipeline; null where it is not that pipeline, or has not ended as it should.</summary>
    public static Firing? OnPipeline(TriggerManifest trigger, JsonElement finished, long position)
    {
        var (pipeline, state) = (Text(finished, "pipeline"), Text(finished, "state"));
        var fits =
            pipeline == trigger.Pipeline
            && (trigger.States?.Contains(state, StringComparer.Ordinal) ?? state == RunStates.Succeeded);
        return fits
            ? new Firing(
                $"run {Text(finished, "runId")} of {pipeline} {state}",
                Json(
                    new
                    {
                        EventPosition = position,
                        EventType = RunFinishedEvent.Type,
                        Pipeline = pipeline,
                        RunId = Text(finished, "runId"),
                        State = state,
                    }
                ),
                null
            )
            : null;
    }

    /// <summary>An event of any type; null where it is another one. A member <c>partition</c> of its data says which partition the run is for.</summary>
    public static Firing? OnEvent(TriggerManifest trigger, string type, JsonElement data, long position)
    {
        if (type != trigger.Event || trigger.Where?.All(member => Holds(data, member.Key, member.Value)) == false)
        {
            return null;
        }

        var where = trigger.Where is { Count: > 0 } conditions
            ? " with " + string.Join(", ", conditions.Select(member => $"{member.Key} {member.Value}"))
            : "";
        return new Firing(
            $"event {type}{where}",
            Json(
                new
                {
                    EventPosition = position,
                    EventType = type,
                    Data = Bounded(data),
                }
            ),
            Time(Text(data, "asOf")),
            Text(data, "partition")
        );
    }

    /// <summary>A date or an instant; a date is its midnight in UTC.</summary>
    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;

    public static string? Text(JsonElement data, string name) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Null => null,
                _ => value.GetRawText(),
            }
            : null;

    private static Firing? OnRows(TriggerManifest trigger, RunSource newest, RunSource? used)
    {
        var rows = (newest.Rows ?? 0) - (used?.Rows ?? 0);
        return rows < trigger.Rows
            ? null
            : new Firing(
                $"{rows} new rows in {trigger.Dataset}{Since(used)} (at least {trigger.Rows} are asked for)",
                Json(
                    new
                    {
                        trigger.Dataset,
                        newest.Version,
                        newest.VersionId,
                        NewRows = rows,
                        Limit = trigger.Rows,
                        SinceVersion = used?.Version,
                        newest.AsOf,
                    }
                ),
                newest.AsOf
            );
    }

    private static Firing? OnVersions(TriggerManifest trigger, RunSource newest, RunSource? used)
    {
        var versions = (newest.Version ?? 0) - (used?.Version ?? 0);
        return versions < trigger.Versions
            ? null
            : new Firing(
                $"{versions} new versions of {trigger.Dataset}{Since(used)} (at least {trigger.Versions} are asked for)",
                Json(
                    new
                    {
                        trigger.Dataset,
                        newest.Version,
                        newest.VersionId,
                        NewVersions = versions,
                        Limit = trigger.Versions,
                        SinceVersion = used?.Version,
                        newest.AsOf,
                    }
                ),
                newest.AsOf
            );
    }

    private static string Since(RunSource? used) => used is null ? "" : $" since version {used.Version}";

    // A condition is a text, as people write it: 3 holds for the number 3.0, and "true" for true.
    private static bool Holds(JsonElement data, string path, string wanted)
    {
        var value = data;
        foreach (var name in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return false;
            }
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString() == wanted,
            JsonValueKind.Number => double.TryParse(
                wanted,
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            ) && value.GetDouble().Equals(number),
            JsonValueKind.True => wanted == "true",
            JsonValueKind.False => wanted == "false",
            _ => false,
        };
    }

    private static JsonElement? Bounded(JsonElement data) => data.GetRawText().Length <= EvidenceCharsMax ? data : null;

    // A window's bounds are days: the reason is read by people, the evidence has the instants.
    private static string? Day(JsonElement data, string name) =>
        Time(Text(data, name)) is { } time && time.TimeOfDay == TimeSpan.Zero
            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : Text(data, name);

    private static string Number(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble().ToString("0.####", CultureInfo.InvariantCulture)
            : "unknown";

    private static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);
}
