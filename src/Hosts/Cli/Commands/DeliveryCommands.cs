using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>builds</c>, <c>releases</c>, <c>promote</c>.</summary>
internal static class DeliveryCommands
{
    private static readonly Argument<string> s_build = new("build");
    private static readonly Option<string> s_from = new("--from")
    {
        DefaultValueFactory = _ => "test",
        Description = "Where the package is.",
    };
    private static readonly Option<string> s_to = new("--to")
    {
        DefaultValueFactory = _ => "production",
        Description = "Where it goes.",
    };

    private static readonly Option<bool> s_follow = new("--follow", "-f")
    {
        Description = "Go on until it has finished.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "builds",
                "The builds of a project, newest first.",
                ListBuildsAsync,
                CommandBuilding.Make("log", "What a build printed.", BuildLogAsync, s_build, s_follow)
            ),
            CommandBuilding.Make("releases", "Which package is in which environment.", ListReleasesAsync),
            CommandBuilding.Make(
                "promote",
                "Release an environment's package to the next.",
                PromoteAsync,
                s_from,
                s_to
            ),
        ];

    private static async Task ListBuildsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/builds", call.Cancellation),
            "Nothing was built yet. Push: git push SERVER/git/PROJECT.git main.",
            Column.Id("build", "id"),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            Column.Of("state", "state"),
            new Column("tests", row => row.Text("testsPassed") is { } ok ? $"{ok} ok{Failed(row)}" : null),
            Column.Time("created", "createdAt"),
            Column.Of("reason", "reason")
        );

    private static async Task BuildLogAsync(Invocation call)
    {
        var path = $"{await call.ProjectPathAsync()}/builds/{Segment.Of(call.Get(s_build))}/log";
        var follow = call.Get(s_follow);
        var after = "0";
        var kept = new List<JsonElement>();
        while (true)
        {
            var log = await call.Api.GetAsync($"{path}?after={after}" + (follow ? "&wait=20" : ""), call.Cancellation);
            var lines = log.At("lines")?.EnumerateArray().ToList() ?? [];
            foreach (var line in lines)
            {
                if (call.Screen.Json && !follow)
                {
                    kept.Add(line);
                }
                else if (call.Screen.Json)
                {
                    call.Screen.DocumentLine(line);
                }

                call.Screen.Line(line.ToString());
            }

            after = log.Text("next") ?? after;
            if (log.Text("ended") == "yes" || (lines.Count == 0 && !follow))
            {
                break;
            }
        }

        if (call.Screen.Json && !follow)
        {
            call.Screen.Document(new { lines = kept });
        }
    }

    private static async Task ListReleasesAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/releases", call.Cancellation),
            "Nothing is released yet.",
            Column.Of("environment", "environment"),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            new Column("package", row => Words.Digest(row.Text("package"))),
            Column.Of("state", "state"),
            Column.Of("by", "actor"),
            Column.Time("at", "createdAt"),
            Column.Of("reason", "reason")
        );

    private static async Task PromoteAsync(Invocation call)
    {
        var body = new { from = call.Get(s_from), to = call.Get(s_to) };
        var made = await call.Api.PostAsync($"{await call.ProjectPathAsync()}/promote", body, call.Cancellation);
        call.Screen.Done(made, $"The package in {body.from} goes to [bold]{body.to}[/].");
    }

    private static string Failed(JsonElement build) =>
        build.Number("testsFailed") is > 0 ? $", {build.Text("testsFailed")} failed" : "";
}
