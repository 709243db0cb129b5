using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>data scan</c>: personal data and secrets in files. No server is needed.</summary>
internal static class DataScanCommand
{
    private const int Found = 1;

    private static readonly Argument<string> s_file = new("file")
    {
        Description = "A CSV, JSON lines or Parquet file, a pattern, or a folder.",
    };

    private static readonly Option<string?> s_schema = new("--schema")
    {
        Description = "The file of the schema: what it declares as personal is no finding.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "scan",
            "Look for personal data and secrets; exit code 1 where some are found that no schema declares.",
            ScanAsync,
            s_file,
            s_schema
        );

    private static Task<int> ScanAsync(Invocation call)
    {
        var schema = call.Get(s_schema) is { } path ? SchemaFile.Read(path) : null;
        // Read as it is: a schema would hold lines back, which could not be looked at then.
        var source = TableSource.Open(call.Get(s_file));
        call.Screen.Progress($"[grey]Reading {source.Name} …[/]");
        var report = PersonalDataScan.Scan(source, schema);
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
        }
        else
        {
            Show(call, source.Name, report);
        }

        return Task.FromResult(report.Findings.Count > 0 ? Found : 0);
    }

    private static void Show(Invocation call, string name, PersonalDataReport report)
    {
        var rows = report.Rows.ToString("N0", CultureInfo.InvariantCulture);
        if (report.Findings.Count == 0)
        {
            var words = report.Declared.Count > 0 ? "but what the schema declares " : "";
            call.Screen.Markup($"[green]No personal data {words}was found in {rows} rows of {name}.[/]");
        }

        call.Screen.Table($"In {rows} rows of {name}", [.. report.Findings.Select(Json)], Columns());
        call.Screen.Table("Declared by the schema", [.. report.Declared.Select(Json)], Columns());
        if (report.Findings.Count > 0)
        {
            call.Screen.Line(
                "Drop what is not needed, or declare it in the schema: \"personal\": \"email\" in the line of its column."
            );
        }

        if (report.NotScanned > 0)
        {
            call.Screen.Markup($"[yellow]{report.NotScanned} lines could not be read, and were not looked at.[/]");
        }
    }

    private static Column[] Columns() =>
        [
            Column.Of("column", "column"),
            Column.Of("holds", "kind"),
            new Column("share", row => Share(row.Number("share")), RightAligned: true),
            Column.Of("sure", "confidence"),
            Column.Of("because", "reason"),
            new Column(
                "such as",
                row => string.Join("  ", row.At("examples")?.EnumerateArray().Select(e => e.GetString()) ?? [])
            ),
        ];

    private static string? Share(double? share) => share?.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);
}
