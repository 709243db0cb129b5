using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Demo;

/// <summary>Tells the events that a person follows the loop by, one line each; null for the others.</summary>
internal static class DemoStory
{
    public static string? Tell(JsonElement e)
    {
        var data = e.At("data") ?? default;
        return e.Text("type") switch
        {
            "build.succeeded" => $"build of {Commit(data)} succeeded",
            "build.failed" => $"build of {Commit(data)} failed: {data.Text("reason")}",
            "repository.push.refused" => $"push of {Commit(data)} refused",
            "release.deployed" => $"released {Commit(data)} to {data.Text("environment")}",
            "run.created" =>
                $"run of {data.Text("pipeline")} in {data.Text("environment")}, caused by {data.Text("trigger")}",
            "run.finished" =>
                $"run in {data.Text("environment")} {data.Text("state")}{After(": ", data.Text("reason"))}",
            "model.registered" =>
                $"{data.Text("model")} version {data.Text("version")} passed its gate and is registered",
            "model.rejected" => $"the candidate for {data.Text("model")} did not pass its gate",
            "rollout.started" when data.Number("percent") is < 100 =>
                $"{data.Text("percent")} % of the traffic of {data.Text("endpoint")} on version {data.Text("version")}",
            "rollout.advanced" =>
                $"{data.Text("percent")} % of the traffic of {data.Text("endpoint")} on version {data.Text("version")}",
            "rollout.completed" => $"{data.Text("endpoint")} is served by version {data.Text("version")}",
            "rollout.rolledback" => $"version {data.Text("version")} rolled back: {data.Text("reason")}",
            "alert.raised" =>
                $"alert: {data.Text("metric")} {Number(data, "value")} is over {Number(data, "limit")} from {Day(data, "windowFrom")} to {Day(data, "windowTo")}",
            _ => null,
        };
    }

    private static string Commit(JsonElement data) => data.Text("commit") is { Length: > 8 } commit ? commit[..8] : "?";

    private static string After(string lead, string? text) => string.IsNullOrEmpty(text) ? "" : lead + text;

    private static string? Day(JsonElement data, string path) =>
        data.Text(path) is { Length: > 10 } time ? time[..10] : data.Text(path);

    private static string? Number(JsonElement data, string path) =>
        data.Number(path)?.ToString("0.00", CultureInfo.InvariantCulture);
}
