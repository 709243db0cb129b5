using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>datasets diff</c>: what lies between two versions of a dataset.</summary>
internal static class DatasetDiffCommand
{
    private static readonly Argument<string> s_dataset = new("dataset");
    private static readonly Argument<long> s_from = new("from") { Description = "The number of the one version." };
    private static readonly Argument<long> s_to = new("to") { Description = "The number of the other version." };

    public static Command Create() =>
        CommandBuilding.Make(
            "diff",
            "What lies between two versions of a dataset: files, columns, and what their values are like.",
            DiffAsync,
            s_dataset,
            s_from,
            s_to,
            GlobalOptions.Environment
        );

    private static async Task DiffAsync(Invocation call)
    {
        var (from, to) = (call.Get(s_from), call.Get(s_to));
        var query = string.Create(
            CultureInfo.InvariantCulture,
            $"?from={from}&to={to}&environment={call.Get(GlobalOptions.Environment)}"
        );
        var diff = await call.Api.GetAsync(
            $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}/diff" + query,
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(diff);
            return;
        }

        call.Screen.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"version {from}: {diff.Text("from.rows")} rows up to {diff.Text("from.asOf") ?? "–"}; version {to}: {diff.Text("to.rows")} rows up to {diff.Text("to.asOf") ?? "–"}"
            )
        );
        call.Screen.Table(
            "Files",
            Items(diff, "files"),
            Column.Of("file", "name"),
            Column.Of("", "change"),
            Column.Number("bytes before", "sizeBefore"),
            Column.Number("bytes now", "sizeNow")
        );
        call.Screen.Table(
            "Columns",
            [.. Items(diff, "columns").Where(column => column.Text("change") != "same")],
            Column.Of("column", "name"),
            Column.Of("", "change"),
            new Column("type", row => Both(row, "type")),
            new Column("missing", row => Both(row, "missing"), RightAligned: true),
            new Column("different", row => Both(row, "distinct"), RightAligned: true),
            new Column("mean", row => Both(row, "numbers.mean"), RightAligned: true),
            new Column("moved by (deviations)", row => Short(row.Number("shift")), RightAligned: true)
        );
        if (diff.Text("reason") is { } reason)
        {
            call.Screen.Markup($"[yellow]The columns were not compared: {reason}[/]");
        }
    }

    private static IReadOnlyList<JsonElement> Items(JsonElement diff, string name) =>
        [.. diff.At(name)?.EnumerateArray() ?? default];

    private static string? Both(JsonElement row, string path)
    {
        var (before, now) = (Value(row, "before." + path), Value(row, "now." + path));
        return before == now ? now
            : before is null || now is null ? before ?? now
            : $"{before} → {now}";
    }

    private static string? Value(JsonElement row, string path) =>
        path.EndsWith("mean", StringComparison.Ordinal) ? Short(row.Number(path)) : row.Text(path);

    private static string? Short(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture);
}
