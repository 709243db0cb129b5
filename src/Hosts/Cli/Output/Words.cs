using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>How the parts of an answer read in a cell: days, short digests, lists and maps in words instead of JSON.</summary>
internal static class Words
{
    private const int DigestLength = 10;
    private const int FiguresMax = 6;

    /// <summary>The day of a time; a day stays as it is.</summary>
    public static string? Day(JsonElement row, string path) =>
        row.Text(path) is { Length: > 10 } time ? time[..10] : row.Text(path);

    /// <summary>Two days as a span.</summary>
    public static string? Span(JsonElement row, string from, string to) =>
        (Day(row, from), Day(row, to)) switch
        {
            (null, null) => null,
            ({ } first, null) => $"from {first}",
            (null, { } last) => $"to {last}",
            ({ } first, { } last) => $"{first} … {last}",
        };

    /// <summary>The beginning of a commit or digest: enough to tell it from others.</summary>
    public static string? Digest(string? digest) =>
        digest is { Length: > DigestLength } ? digest[..DigestLength] : digest;

    /// <summary>A measured number to three significant places, whole when it is large.</summary>
    public static string? Figure(double? value) =>
        value is not { } number ? null
        : !double.IsFinite(number) ? number.ToString(CultureInfo.InvariantCulture)
        : Math.Abs(number) >= 1000 ? number.ToString("0", CultureInfo.InvariantCulture)
        : number.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Figure(double?)"/>, of the number at a path.</summary>
    public static string? Figure(JsonElement row, string path) => Figure(row.Number(path));

    /// <summary>A number of bytes, in the unit that suits it.</summary>
    public static string Bytes(double bytes) =>
        bytes switch
        {
            >= 1e9 => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB",
            >= 1e6 => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
            >= 1e3 => (bytes / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
            _ => bytes.ToString("0", CultureInfo.InvariantCulture) + " B",
        };

    /// <summary>A map of measured numbers: <c>rmse 1.24, r2 0.91</c>; a long one is cut, and says so.</summary>
    public static string? Figures(JsonElement? map, int most = FiguresMax)
    {
        if (map is not { ValueKind: JsonValueKind.Object } found)
        {
            return null;
        }

        var all = found.EnumerateObject().ToList();
        var shown = all.Take(most).Select(item => $"{item.Name} {Figure(found, item.Name) ?? Plain(item.Value)}");
        return string.Join(", ", shown) + (all.Count > most ? $", and {all.Count - most} more" : "");
    }

    /// <summary>Why a gate let something not through: the reasons of the checks that failed; null where none did.</summary>
    public static string? FailedChecks(JsonElement data)
    {
        var failed = (data.At("verdict.checks")?.EnumerateArray() ?? default)
            .Where(check => check.Text("passed") == "no")
            .Select(check => check.Text("reason") ?? $"{check.Text("name")} is {Figure(check, "observed")}")
            .ToList();
        return failed.Count == 0 ? null : string.Join("; ", failed);
    }

    /// <summary>A map in words: <c>windowDays = 1461, folder = x</c>; <c>none</c> when it is empty.</summary>
    public static string? Pairs(JsonElement? map) =>
        map is not { ValueKind: JsonValueKind.Object } found ? null
        : !found.EnumerateObject().Any() ? "none"
        : string.Join(", ", found.EnumerateObject().Select(item => $"{item.Name} = {Plain(item.Value)}"));

    /// <summary>A list or a map of names: <c>serving → 3</c>.</summary>
    public static string? Names(JsonElement? names) =>
        names?.ValueKind switch
        {
            JsonValueKind.Array => string.Join(", ", names.Value.EnumerateArray().Select(Plain)),
            JsonValueKind.Object => string.Join(
                ", ",
                names.Value.EnumerateObject().Select(item => $"{item.Name} → {Plain(item.Value)}")
            ),
            _ => null,
        };

    /// <summary>What starts a pipeline: <c>365 new rows of station-days</c>.</summary>
    public static string Trigger(JsonElement entry)
    {
        var trigger = entry.At("trigger") ?? entry;
        var next = Times.Short(entry.At("nextAt")) is { } at ? $" (next {at})" : "";
        return WaitsFor(trigger) + next + Words.After(", overlap ", trigger.Text("overlap"));
    }

    /// <summary>Why a run was started, from its evidence: the figures first, then whatever reason was given.</summary>
    public static string? Evidence(JsonElement? evidence)
    {
        if (evidence is not { ValueKind: JsonValueKind.Object } found || !found.EnumerateObject().Any())
        {
            return null;
        }

        if (found.At("alert") is { ValueKind: JsonValueKind.Object } alert)
        {
            found = alert;
        }

        return found.Text("metric") is { } metric
                ? $"{metric} {Figure(found, "value")} over {Figure(found, "limit")}, {Span(found, "windowFrom", "windowTo")}"
            : found.Text("newRows") is { } rows ? $"{rows} new rows{After(" of ", found.Text("dataset"))}"
            : found.Text("newVersions") is { } versions ? $"{versions} new versions of {found.Text("dataset")}"
            : found.Text("dueLocal") is { } due ? $"due at {due} {found.Text("timeZone")}"
            : found.Text("backfill") is { } backfill ? $"{backfill}{After(": ", found.Text("reason"))}"
            : found.Text("eventType") is { } type && found.Text("pipeline") is { } pipeline
                ? $"run {found.Text("runId")} of {pipeline} {found.Text("state")}"
            : found.Text("eventType") is { } happened ? $"event {found.Text("eventPosition")}, {happened}"
            : found.Text("reason") is { } reason ? reason
            : found.Text("commit") is { } commit ? $"commit {Digest(commit)}"
            : Pairs(found);
    }

    /// <summary>The type of an artifact; those of Rondo itself without their family.</summary>
    public static string? ArtifactType(JsonElement row, string path) =>
        row.Text(path) is { } type && type.StartsWith("rondo/", StringComparison.Ordinal) ? type[6..] : row.Text(path);

    /// <summary>A lead and a text, or nothing where there is no text.</summary>
    public static string After(string lead, string? text) => string.IsNullOrEmpty(text) ? "" : lead + text;

    /// <summary>A length of time in its largest unit that is whole enough: <c>7 days</c>.</summary>
    public static string? Time(double? milliseconds) =>
        milliseconds is not { } ms
            ? null
            : TimeSpan.FromMilliseconds(ms) switch
            {
                { TotalDays: >= 1 } days => Count(days.TotalDays, "day"),
                { TotalHours: >= 1 } hours => Count(hours.TotalHours, "hour"),
                { TotalMinutes: >= 1 } minutes => Count(minutes.TotalMinutes, "minute"),
                var seconds => Count(seconds.TotalSeconds, "second"),
            };

    private static string Count(double count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:0.##} {unit}{(count is 1 ? "" : "s")}");

    private static string WaitsFor(JsonElement trigger) =>
        trigger.Text("kind") switch
        {
            "schedule" => $"{trigger.Text("cron")} {trigger.Text("timeZone")}"
                + After(" from ", Day(trigger, "startAt"))
                + After(" to ", Day(trigger, "endAt"))
                + After(", catch-up ", trigger.Text("catchUp")),
            "new-rows" => $"{trigger.Text("rows")} new rows of {trigger.Text("dataset")}",
            "new-versions" => $"{trigger.Text("versions")} new versions of {trigger.Text("dataset")}",
            "drift" => $"drift at {trigger.Text("endpoint")}",
            "degraded" => $"quality at {trigger.Text("endpoint")}",
            "release" => "a release",
            "pipeline" => $"{trigger.Text("pipeline")} {Names(trigger.At("states")) ?? "succeeded"}",
            "event" => $"event {trigger.Text("event")}{After(" with ", Where(trigger))}",
            var other => other ?? "?",
        };

    private static string? Where(JsonElement trigger) =>
        trigger.At("where") is { } where && where.EnumerateObject().Any() ? Pairs(where) : null;

    private static string Plain(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => "–",
            JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Select(Plain)) + "]",
            JsonValueKind.Object => "(" + Pairs(value) + ")",
            JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : "\"\"",
            _ => value.ToString(),
        };
}
