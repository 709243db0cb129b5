using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>approvals</c> and <c>approve</c>: the questions that runs wait for, and their answers.</summary>
internal static class ApprovalCommands
{
    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string> s_step = new("step");

    private static readonly Option<string> s_answer = new("--answer")
    {
        Description = "The answer: true, false, a number or a text.",
        DefaultValueFactory = _ => "true",
    };

    private static readonly Option<string?> s_comment = new("--comment") { Description = "Why; kept with the answer." };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make("approvals", "What waits for a person's answer.", ListAsync),
            CommandBuilding.Make(
                "approve",
                "Answer the question of a run; yes unless another answer is given.",
                AnswerAsync,
                s_run,
                s_step,
                s_answer,
                s_comment
            ),
        ];

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync("/api/v1/approvals", call.Cancellation),
            "Nothing waits for an answer.",
            Column.Id("run", "runId"),
            Column.Of("step", "nodeId"),
            new Column("pipeline", row => $"{row.Text("project")}/{row.Text("pipeline")} in {row.Text("environment")}"),
            Column.Of("question", "question"),
            new Column("answer", Kind),
            new Column("asked of", row => Texts(row.At("approvers")) is { Length: > 0 } who ? who : "anybody"),
            Column.Time("asked", "askedAt"),
            Column.Time("until", "expiresAt")
        );

    private static string? Kind(JsonElement approval) =>
        Texts(approval.At("choices")) is { Length: > 0 } choices ? choices : approval.Text("type");

    private static string Texts(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } items
            ? string.Join(", ", items.EnumerateArray().Select(item => item.GetString()))
            : "";

    private static async Task AnswerAsync(Invocation call)
    {
        var (run, step) = (call.Get(s_run), call.Get(s_step));
        var now = await call.Api.PostAsync(
            $"/api/v1/runs/{Segment.Of(run)}/approvals/{Segment.Of(step)}",
            new { answer = JsonReading.Scalar(call.Get(s_answer) ?? "true"), comment = call.Get(s_comment) },
            call.Cancellation
        );
        call.Screen.Done(now, $"Answered. Run [bold]{run}[/] is {now.Text("state")}.");
    }
}
