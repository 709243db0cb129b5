using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>lineage</c>: what something was made from, what was made from it, and everything that it depends on.</summary>
internal static class LineageCommands
{
    private static readonly Argument<string> s_of = new("of")
    {
        Description =
            "A model or dataset version (project/environment/name/version), run, endpoint, artifact, or the beginning of a digest.",
    };

    private static readonly Option<bool> s_up = new("--up")
    {
        Description = "What it was made from; so without an option.",
    };

    private static readonly Option<bool> s_down = new("--down") { Description = "What was made from it." };

    private static readonly Option<bool> s_closure = new("--closure")
    {
        Description = "Everything that it depends on, as a list: data, files, code, packages, commits, models.",
    };

    private static readonly Option<bool> s_through = new("--through")
    {
        Description = "Go on beyond the models of other runs, such as rivals.",
    };

    private static readonly Option<string?> s_draw = Pictures();

    public static Command Create() =>
        CommandBuilding.Make(
            "lineage",
            "Where something comes from, and what came of it.",
            ShowAsync,
            s_of,
            s_up,
            s_down,
            s_closure,
            s_through,
            s_draw
        );

    private static Option<string?> Pictures()
    {
        var option = new Option<string?>("--draw") { Description = "The graph as text for a program that draws it." };
        option.AcceptOnlyFromAmong("dot", "mermaid");
        return option;
    }

    private static async Task ShowAsync(Invocation call)
    {
        if (call.Get(s_closure))
        {
            LineageList.Show(await GetAsync(call, "closure=true"), call.Screen);
            return;
        }

        var directions = call.Get(s_down)
            ? call.Get(s_up)
                ? new[] { "up", "down" }
                : ["down"]
            : ["up"];
        var direction = directions.Length == 2 ? "both" : directions[0];
        if (call.Get(s_draw) is { } language)
        {
            var drawn = await GetAsync(call, $"grouped=true&direction={direction}");
            var picture = language == "dot" ? LineagePicture.Dot(drawn) : LineagePicture.Mermaid(drawn);
            if (call.Screen.Json)
            {
                call.Screen.Document(new { language, picture });
                return;
            }

            await Console.Out.WriteAsync(picture);
            return;
        }

        if (call.Screen.Json)
        {
            call.Screen.Document(await GetAsync(call, "direction=" + direction));
            return;
        }

        foreach (var one in directions)
        {
            LineageTree.Show(await GetAsync(call, $"grouped=true&direction={one}"), call.Screen);
        }
    }

    private static Task<JsonElement> GetAsync(Invocation call, string query) =>
        call.Api.GetAsync(
            $"/api/v1/lineage?of={Uri.EscapeDataString(call.Get(s_of))}&{query}"
                + (call.Get(s_through) ? "&through=true" : ""),
            call.Cancellation
        );
}
