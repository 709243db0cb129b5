using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>The verb <c>explain</c>.</summary>
internal static class LocalExplainCommand
{
    private const int LinesMax = 200;
    private const int ItemsMax = 12;
    private const int ChangesShownMax = 20;

    public static string Run(IReadOnlyList<string> args)
    {
        var options = Parse(args);
        var runs = new LocalRuns(Path.GetFullPath(options.Folder));
        var run = runs.Get(options.Run ?? LocalRuns.Latest);
        var explanations = LocalExplainer.Explain(run, runs.Before(run), options.Step);
        return options.Json
            ? JsonSerializer.Serialize(
                new
                {
                    run.Id,
                    run.Pipeline,
                    Steps = explanations,
                },
                RondoJson.Indented
            )
            : Text(run, explanations);
    }

    internal static string Text(LocalRun run, IReadOnlyList<LocalExplanation> explanations)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{run.Project} · {run.Pipeline} · {run.Id}");
        var lines = Lines(explanations);
        var shown = lines.Take(LinesMax).ToList();
        var width = shown.Select(line => line.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var (name, one) in shown)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {name.PadRight(width)}  {LocalReport.Word(one.State), -8}  {one.Why}"
            );
            foreach (var change in one.Changes.Take(ChangesShownMax))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {new string(' ', width)}    {change.Words}");
            }
            More(text, one.Changes.Count - ChangesShownMax, "more has changed");
        }
        More(text, lines.Count - LinesMax, "more: name one, or use --output json");
        return text.ToString().TrimEnd();
    }

    // Many items of a for-each with the same reason are one line.
    private static List<(string Name, LocalExplanation One)> Lines(IReadOnlyList<LocalExplanation> explanations) =>
        [
            .. explanations
                .GroupBy(one => (one.Template, one.State, one.Why, string.Join('\n', one.Changes.Select(c => c.Words))))
                .SelectMany(same =>
                    same.Count() > ItemsMax
                        ? [($"{same.Key.Template} × {same.Count()}", same.First())]
                        : same.Select(one => (one.Node, one))
                ),
        ];

    private static void More(StringBuilder text, int count, string what)
    {
        if (count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {count} {what}");
        }
    }

    private static Options Parse(IReadOnlyList<string> args)
    {
        var options = new Options(null, null, new LocalOptions().Folder, false);
        for (var index = 0; index < args.Count; index++)
        {
            options = args[index] switch
            {
                "--folder" when index + 1 < args.Count => options with { Folder = args[++index] },
                "--output" when index + 1 < args.Count => options with { Json = LocalOptions.Format(args[++index]) },
                var arg when arg.StartsWith('-') => throw Bad(
                    $"'{arg}' is not an option of 'explain', or needs a value."
                ),
                var arg when options is { Run: null, Step: null } && LocalRuns.IsName(arg) => options with
                {
                    Run = arg,
                },
                var arg when options.Step is null => options with { Step = arg },
                var arg => throw Bad($"'explain' takes a run and a step; '{arg}' is one too many."),
            };
        }
        return options;
    }

    private static RondoException Bad(string what) =>
        new(ErrorCode.InvalidArgument, what, "Call it with 'help' to see how.");

    private sealed record Options(string? Run, string? Step, string Folder, bool Json);
}
