using System.Globalization;
using System.Text.Json;
using Cronos;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>A reason to start a run. <paramref name="AsOf"/> is its time in the data, where it has one.</summary>
internal sealed record Firing(string Reason, JsonElement Evidence, DateTimeOffset? AsOf);

/// <summary>What went before a firing: the run under way, and the last run that a trigger started.</summary>
internal sealed record TriggerHistory(string? ActiveRun, TriggeredRun? Last);

/// <summary>A run that a trigger started: when, and as of when in the data.</summary>
internal sealed record TriggeredRun(string Id, DateTimeOffset CreatedAt, DateTimeOffset? AsOf);

/// <summary>The rules by which triggers decide. No database, no clock of their own.</summary>
internal static class TriggerRules
{
    /// <summary>Refuses what could never fire.</summary>
    public static void Check(string place, TriggerManifest trigger)
    {
        var wrong = trigger.Kind switch
        {
            TriggerKinds.Schedule => CheckSchedule(trigger),
            TriggerKinds.NewRows when trigger.Dataset is null || trigger.Rows is not > 0 =>
                "names no dataset, or no number of rows",
            TriggerKinds.Drift or TriggerKinds.Degraded when trigger.Endpoint is null => "names no endpoint",
            TriggerKinds.NewRows or TriggerKinds.Drift or TriggerKinds.Degraded or TriggerKinds.Release => null,
            _ => "is of a kind that this server does not know",
        };
        if (wrong is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{place} {wrong}.",
                "Correct the project, and push again."
            );
        }
    }

    /// <summary>The next time of a schedule, in its own time zone; null for every other trigger. A time that was missed is not made up for.</summary>
    public static DateTimeOffset? NextAt(TriggerManifest trigger, DateTimeOffset after) =>
        trigger.Kind == TriggerKinds.Schedule ? Parse(trigger.Cron!).GetNextOccurrence(after, Zone(trigger)) : null;

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
                    Alert = alert,
                }
            ),
            Time(Text(alert, "windowTo"))
        );
    }

    /// <summary>Whether enough rows have come since the last model was trained; null: not yet.</summary>
    public static Firing? OnRows(TriggerManifest trigger, RunSource newest, RunSource? used)
    {
        var rows = (newest.Rows ?? 0) - (used?.Rows ?? 0);
        if (newest.Version == used?.Version || rows < trigger.Rows)
        {
            return null;
        }

        var since = used is null ? "" : $" since version {used.Version}";
        return new Firing(
            $"{rows} new rows in {trigger.Dataset}{since} (at least {trigger.Rows} are asked for)",
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

    /// <summary>A schedule whose time has come.</summary>
    public static Firing OnTime(TriggerManifest trigger, DateTimeOffset due) =>
        new(
            $"schedule {trigger.Cron} ({trigger.TimeZone ?? "UTC"})",
            Json(
                new
                {
                    trigger.Cron,
                    TimeZone = trigger.TimeZone ?? "UTC",
                    Due = due,
                }
            ),
            null
        );

    /// <summary>A new package in the environment.</summary>
    public static Firing OnRelease(JsonElement release) =>
        new(
            $"release of commit {Text(release, "commit")}",
            Json(new { Commit = Text(release, "commit"), Package = Text(release, "package") }),
            null
        );

    /// <summary>
    /// Why a firing must not start a run now; null: it may. Cool-down is measured in the data's time where both sides have one,
    /// else by the clock. New code is always run.
    /// </summary>
    public static string? Objection(
        string kind,
        Firing firing,
        TriggerHistory history,
        TimeSpan coolDown,
        DateTimeOffset now
    )
    {
        if (history.ActiveRun is { } active)
        {
            return $"run {active} is under way";
        }

        if (kind == TriggerKinds.Release || coolDown <= TimeSpan.Zero || history.Last is not { } last)
        {
            return null;
        }

        var gap = firing.AsOf is { } asOf && last.AsOf is { } lastAsOf ? asOf - lastAsOf : now - last.CreatedAt;
        return gap.Duration() >= coolDown
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"cool-down of {coolDown.TotalDays:0.##} days since run {last.Id}: {gap.TotalDays:0.##} days have passed"
            );
    }

    private static string? CheckSchedule(TriggerManifest trigger)
    {
        try
        {
            _ = Parse(trigger.Cron ?? "");
            _ = Zone(trigger);
            return null;
        }
        catch (CronFormatException e)
        {
            return $"has the schedule '{trigger.Cron}', which is not a cron line: {e.Message.TrimEnd('.')}";
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            return $"names the time zone '{trigger.TimeZone}', which does not exist";
        }
    }

    private static CronExpression Parse(string cron) => CronExpression.Parse(cron);

    private static TimeZoneInfo Zone(TriggerManifest trigger) =>
        trigger.TimeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(trigger.TimeZone);

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
            ? value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : value.ValueKind == JsonValueKind.Null
                    ? null
                    : value.GetRawText()
            : null;

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
