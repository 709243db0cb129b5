using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>models overview</c>: all models at a glance, what needs attention first.</summary>
internal static class ModelOverviewCommand
{
    private const int ConcernsShown = 4;

    private static readonly Option<string?> s_attention = Among(
        "--attention",
        "Only models that need so much attention, or more: note, warning or alert.",
        "note",
        "warning",
        "alert"
    );

    private static readonly Option<string?> s_risk = Among(
        "--risk",
        "Only models whose card says so: low, medium, high, or unknown where it says nothing.",
        "low",
        "medium",
        "high",
        "unknown"
    );

    private static readonly Option<string?> s_after = new("--after")
    {
        Description = "The next page: what the page before ended with.",
    };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(50);

    private static readonly Option<string?> s_html = new("--html")
    {
        Description = "Write the page to this file, as HTML that needs nothing else.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "overview",
            "All models at a glance: what serves where, risk, monitors, alerts; what needs attention first.",
            RunAsync,
            GlobalOptions.OnlyEnvironment,
            s_attention,
            s_risk,
            s_limit,
            s_after,
            s_html
        );

    private static async Task RunAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(s_html));
        var path =
            $"/api/v1/models/overview?limit={call.Get(s_limit)}"
            + Part("environment", call.Get(GlobalOptions.OnlyEnvironment))
            + Part("attention", call.Get(s_attention))
            + Part("risk", call.Get(s_risk))
            + Part("after", call.Get(s_after))
            + await call.ProjectFilterAsync();
        if (call.Get(s_html) is { } file)
        {
            var page = await call.Api.GetTextAsync(path + "&format=html", call.Cancellation);
            WrittenFile.Write(file, page);
            call.Screen.Done(new { file }, $"The page is in [bold]{file}[/].");
            return;
        }

        var models = await call.Api.GetAsync(path, call.Cancellation);
        call.Screen.List(
            models,
            "No model is as asked for. A pipeline that ends with Register registers one.",
            Column.Of("model", "model"),
            new Column("in", row => $"{row.Text("project")}, {row.Text("environment")}"),
            new Column("newest", row => row.Text("newest.version") + Words.After(" ", row.Text("newest.state"))),
            new Column("served by", ServedBy),
            Column.Of("risk", "risk"),
            Column.Of("owner", "owner"),
            new Column("not watched", Missing),
            Column.Of("needs", "attention"),
            new Column("because", Because)
        );
        call.Screen.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{models.Text("counts.models")} model{(models.Text("counts.models") == "1" ? "" : "s")}, {models.Text("counts.served")} served here: {models.Text("counts.alerts")} with something wrong, {models.Text("counts.warnings")} to be mended, {models.Text("counts.notes")} with a note."
            )
        );
        if (models.Text("next") is { } next)
        {
            call.Screen.Progress($"[grey]The next page: --after {next}[/]");
        }
    }

    private static string ServedBy(JsonElement model) =>
        Lines(
            Items(model, "serving")
                .Select(serving =>
                    $"{serving.Text("endpoint")}: "
                    + string.Join(
                        ", ",
                        Items(serving, "versions")
                            .Select(version =>
                                $"{version.Text("version")} ({version.Text("percent")} %{Words.After(", ", Age(version))})"
                            )
                            .DefaultIfEmpty("nothing yet")
                    )
                    + (
                        serving.Text("rollout.isUnderWay") == "yes"
                            ? $", rollout of {serving.Text("rollout.version")} {serving.Text("rollout.state")}"
                            : ""
                    )
                )
        );

    private static string? Age(JsonElement version) =>
        version.Text("ageDays") is { } days ? days + (days == "1" ? " day old" : " days old") : null;

    private static string Missing(JsonElement model) =>
        Lines(
            Items(model, "serving")
                .Where(serving => Items(serving, "versions").Any())
                .Select(serving => Words.Names(serving.At("missing")) ?? "")
                .Where(missing => missing.Length > 0)
                .Distinct(StringComparer.Ordinal)
        );

    private static string Because(JsonElement model)
    {
        var all = Items(model, "concerns").Select(concern => concern.Text("text") ?? "").ToList();
        var more = all.Count - ConcernsShown;
        return Lines(all.Take(ConcernsShown).Concat(more > 0 ? [$"and {more} more"] : []));
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static IEnumerable<JsonElement> Items(JsonElement row, string path) =>
        row.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    private static string Part(string name, string? value) =>
        value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static Option<string?> Among(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
