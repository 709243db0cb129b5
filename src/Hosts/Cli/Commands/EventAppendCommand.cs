using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Commands;

/// <summary><c>events append</c>: tells the server that something happened outside, for triggers to act on.</summary>
internal static class EventAppendCommand
{
    private static readonly Argument<string> s_type = new("type")
    {
        Description = "Two or more words with dots between them, such as orders.closed.",
    };

    private static readonly Option<string[]> s_data = new("--set")
    {
        Description = "A member of the event's data as name=value; may be given several times.",
    };

    private static readonly Option<string?> s_subject = new("--subject")
    {
        Description = "The id of the thing that it happened to.",
    };

    private static readonly Option<long?> s_cause = new("--cause")
    {
        Description = "The position of the event that led to it.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "append",
            "Say that something happened outside; triggers on the event act on it.",
            AppendAsync,
            s_type,
            s_data,
            s_subject,
            s_cause
        );

    private static async Task AppendAsync(Invocation call)
    {
        var type = call.Get(s_type);
        var appended = await call.Api.PostAsync(
            $"{await call.ProjectPathAsync()}/events",
            new
            {
                type,
                subject = call.Get(s_subject),
                data = RunCommands.Parameters(call.Get(s_data)),
                cause = call.Get(s_cause),
            },
            call.Cancellation
        );
        call.Screen.Done(appended, $"Event {appended.Text("position")}, [bold]{type}[/], is in the log.");
    }
}
