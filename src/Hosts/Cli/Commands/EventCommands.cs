using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>events</c>: what happened, in words.</summary>
internal static class EventCommands
{
    private const int WaitSeconds = 20;

    private static readonly Option<string?> s_type = new("--type")
    {
        Description = "One type, or a family such as run.*",
    };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(50);

    private static readonly Option<long?> s_after = new("--after")
    {
        Description = "Those after this position, instead of the newest.",
    };

    private static readonly Option<string?> s_subject = new("--subject")
    {
        Description = "Of one run, build, endpoint, ...",
    };

    private static readonly Option<bool> s_follow = new("--follow", "-f") { Description = "Go on showing what comes." };

    private static readonly Column[] s_columns =
    [
        Column.Number("#", "position"),
        Column.Time("at", "at"),
        Column.Of("type", "type"),
        new("what happened", EventStory.Tell),
        Column.Of("by", "actor"),
        Column.Number("cause", "cause"),
    ];

    public static Command Create() =>
        CommandBuilding.Make(
            "events",
            "What happened: the newest, oldest of them first.",
            RunAsync,
            s_type,
            s_subject,
            s_after,
            s_limit,
            s_follow,
            EventAppendCommand.Create()
        );

    private static async Task RunAsync(Invocation call)
    {
        var query = $"?limit={call.Get(s_limit)}" + Filter("type", call.Get(s_type));
        query += Filter("subject", call.Get(s_subject)) + await call.ProjectFilterAsync();
        var from = call.Get(s_after) is { } after ? $"&after={after}" : "&newest=true";
        var page = await call.Api.GetAsync("/api/v1/events" + query + from, call.Cancellation);
        if (call.Get(s_follow))
        {
            await FollowAsync(call, query, page);
            return;
        }

        call.Screen.List(
            page,
            call.Get(s_type) is null ? "Nothing has happened yet." : "No such event has happened yet.",
            s_columns
        );
    }

    // One line for each, for people and for programs: a document or a table would never end.
    private static async Task FollowAsync(Invocation call, string query, JsonElement page)
    {
        while (true)
        {
            foreach (var e in page.Items())
            {
                if (call.Screen.Json)
                {
                    call.Screen.DocumentLine(e);
                }

                var cause = Words.After(", because of ", e.Text("cause"));
                call.Screen.Line(
                    $"{e.Text("position"), 6}  {Times.Short(e.At("at"))}  {EventStory.Tell(e)}  ({e.Text("actor")}{cause})"
                );
            }

            page = await call.Api.GetAsync(
                $"/api/v1/events{query}&wait={WaitSeconds}&after={page.Text("next")}",
                call.Cancellation
            );
        }
    }

    private static string Filter(string name, string? value) =>
        value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
