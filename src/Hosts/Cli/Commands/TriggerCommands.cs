using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>triggers</c>: what starts pipelines, when it did last, why it did not, and whether it may.</summary>
internal static class TriggerCommands
{
    private static readonly Argument<string> s_pipeline = new("pipeline");
    private static readonly Argument<string?> s_number = new("number")
    {
        Description = "One trigger, by its number; else all of the pipeline's.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> s_reason = new("--reason") { Description = "Why; kept with the pause." };

    private static readonly Column[] s_columns =
    [
        Column.Of("pipeline", "pipeline"),
        Column.Number("#", "number"),
        new("starts on", row => Words.Trigger(row.At("trigger") ?? default)),
        Column.Time("next", "nextAt"),
        Column.Time("last fired", "lastFired.at"),
        Column.Id("run", "lastFired.runId"),
        new("last skipped", Skipped),
        new("paused", Paused),
        new("budget left", Budget),
    ];

    public static Command Create() =>
        CommandBuilding.Make(
            "triggers",
            "What starts pipelines by itself: next time, last run, why not.",
            ListAsync,
            CommandBuilding.Make(
                "pause",
                "Stop the triggers of a pipeline, or one of them, until they are resumed.",
                call => ChangeAsync(call, "pause"),
                s_pipeline,
                s_number,
                s_reason
            ),
            CommandBuilding.Make(
                "resume",
                "Let triggers act again. Times that passed meanwhile are not made up for.",
                call => ChangeAsync(call, "resume"),
                s_pipeline,
                s_number
            )
        );

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/triggers", call.Cancellation),
            "No pipeline in production is started by itself. Declare it: pipeline.On(Trigger.Schedule(\"0 3 * * *\")).",
            s_columns
        );

    private static async Task ChangeAsync(Invocation call, string what)
    {
        var pipeline = call.Get(s_pipeline);
        var number = Number(call.Optional(s_number));
        var triggers = await call.Api.PostAsync(
            $"{await call.ProjectPathAsync()}/pipelines/{Segment.Of(pipeline)}/triggers/{what}",
            new { number, reason = what == "pause" ? call.Get(s_reason) : null },
            call.Cancellation
        );
        var which = number is null ? "All triggers" : string.Create(CultureInfo.InvariantCulture, $"Trigger {number}");
        var verb = number is null ? "are" : "is";
        if (what == "pause")
        {
            call.Screen.Done(
                triggers,
                $"{which} of [bold]{pipeline}[/] {verb} paused. Let them act again: rondo triggers resume {pipeline}{Words.After(" ", call.Optional(s_number))}"
            );
        }
        else
        {
            call.Screen.Done(triggers, $"{which} of [bold]{pipeline}[/] {verb} active.");
        }
    }

    private static int? Number(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RondoException(
            ErrorCode.InvalidArgument,
            $"'{text}' is not the number of a trigger.",
            "See the numbers with 'rondo triggers'."
        );

    private static string? Skipped(JsonElement row) =>
        Times.Short(row.At("lastSkipped.at")) is { } at ? $"{at}: {row.Text("lastSkipped.reason")}" : null;

    private static string? Paused(JsonElement row) =>
        Times.Short(row.At("paused.at")) is { } at
            ? $"since {at} by {row.Text("paused.by")}{Words.After(": ", row.Text("paused.reason"))}"
            : null;

    private static string? Budget(JsonElement row) =>
        $"{row.Text("budget.left")} of {row.Text("budget.runs")} in {Words.Time(row.Number("budget.perMs"))}"
        + Words.After(", more at ", Times.Short(row.At("budget.moreAt")));
}
