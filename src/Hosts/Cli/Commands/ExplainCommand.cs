using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>explain</c>: why each step of a run was computed or reused, and which part of its key has changed.</summary>
internal static class ExplainCommand
{
    private const int DigestShown = 12;
    private const int DigestLength = 64;

    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string?> s_step = new("step") { Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() =>
        CommandBuilding.Make(
            "explain",
            "Why the steps of a run were computed or reused, and which part of the key has changed.",
            ExplainAsync,
            s_run,
            s_step
        );

    private static async Task ExplainAsync(Invocation call)
    {
        var run = Segment.Of(call.Get(s_run));
        var step = call.Optional(s_step) is { } name ? "?step=" + Uri.EscapeDataString(name) : "";
        var answer = await call.Api.GetAsync($"/api/v1/runs/{run}/explain{step}", call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        call.Screen.Details(
            answer,
            Column.Of("run", "runId"),
            new Column("the run before", row => row.Text("before") ?? "none: it is the first of its pipeline"),
            new Column("came from outside", Sources)
        );
        call.Screen.Table(
            "Steps",
            [.. answer.At("steps")?.EnumerateArray() ?? default],
            Column.Of("step", "nodeId"),
            Column.Of("state", "state"),
            new Column("computed", Computed),
            Column.Of("why", "why"),
            new Column("what has changed", Changes)
        );
        if (answer.Text("more") is { } more)
        {
            call.Screen.Progress($"[grey]There are more steps; name one, or ask the API from {more} on.[/]");
        }
    }

    private static string? Sources(JsonElement answer)
    {
        var lines = (answer.At("sources")?.EnumerateArray() ?? default).Select(source =>
            $"{source.Text("kind")} {source.Text("name")}: {Version(source, "versionBefore")} → {Version(source, "versionNow")}"
        );
        return string.Join('\n', lines) is { Length: > 0 } text ? text
            : answer.Text("before") is null ? null
            : "the same as before";
    }

    private static string Version(JsonElement source, string member) =>
        source.Text(member) is { } version ? $"version {version}" : "none";

    private static string? Computed(JsonElement step) =>
        step.Text("decision") switch
        {
            "reused" or "resumed" => "no, reused",
            "condition" or "missing" or "needs-failed" => "no, passed over",
            null => "",
            _ => "yes",
        };

    private static string Changes(JsonElement step) =>
        string.Join('\n', (step.At("changes")?.EnumerateArray() ?? default).Select(Change));

    private static string Change(JsonElement change)
    {
        var part = change.Text("part") is "code" or "seed" or "salt" or "partition" or "step"
            ? change.Text("part")
            : $"{change.Text("part")} '{change.Text("name")}'";
        var from = Words.After(" from ", change.Text("from"));
        return $"{part}{from}: {Short(change.Text("before"))} → {Short(change.Text("after"))}";
    }

    private static string Short(string? value) =>
        value is null
            ? "none"
            : string.Join(
                ' ',
                value.Split(' ').Select(word => word.Length == DigestLength ? word[..DigestShown] : word)
            );
}
