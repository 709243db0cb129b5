using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>data compare</c>: how far rows have moved from others, or from what was kept of them.</summary>
internal static class DataCompareCommand
{
    private const string KeptEnding = ".json";
    private const int DriversShown = 5;

    private static readonly Argument<string> s_reference = new("reference")
    {
        Description = "The rows to compare with, or what --save kept of them (a .json file).",
    };

    private static readonly Option<string?> s_windows = new("--windows")
    {
        Description =
            "Learn limits from windows of the reference as large as what is compared: day, week, 30d, or a number of rows.",
    };

    private static readonly Option<string?> s_time = new("--time")
    {
        Description = "The column that tells when a row happened; by default the only one of dates or timestamps.",
    };

    private static readonly Option<double> s_alpha = new("--alpha")
    {
        Description = "The share of windows without drift that may raise a false alarm.",
        DefaultValueFactory = _ => 0.05,
    };

    private static readonly Option<DriftMeasure> s_measure = new("--measure")
    {
        Description = "The measure that is shown beside its limit.",
        DefaultValueFactory = _ => DriftMeasure.Effect,
    };

    private static readonly Option<bool> s_together = new("--together")
    {
        Description = "Also ask a classifier whether it can tell the rows apart by all columns together.",
    };

    private static readonly Option<string?> s_save = new("--save")
    {
        Description = "Keep what later rows are compared with, limits included, as a .json file.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "compare",
            "How far the rows of files have moved from others, and what moved most.",
            CompareAsync,
            s_reference,
            DataCommands.File,
            s_windows,
            s_time,
            s_alpha,
            s_measure,
            s_together,
            s_save,
            DataCommands.Html
        );

    private static Task CompareAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(s_save));
        WrittenFile.Require(call.Get(DataCommands.Html));
        var isKept = call.Get(s_reference).EndsWith(KeptEnding, StringComparison.OrdinalIgnoreCase);
        var before = isKept ? null : DataCommands.Open(call, s_reference);
        var reference = before is null ? Kept(call) : Profile(call, before);
        if (call.Get(s_save) is { } path)
        {
            WrittenFile.Write(path, JsonSerializer.Serialize(reference, RondoJson.Indented));
            call.Screen.Progress($"[grey]Wrote {path}.[/]");
        }

        var source = DataCommands.Open(call, DataCommands.File);
        var options = new DriftOptions { ClassifyAgainst = call.Get(s_together) ? before : null };
        var report = Drift.Compare(reference, source, options);
        DataCommands.WritePage(call, () => DriftPage.Html(source.Name, report));
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
        }
        else
        {
            Show(call, report);
        }

        return Task.CompletedTask;
    }

    private static ReferenceProfile Kept(Invocation call)
    {
        var path = call.Get(s_reference);
        if (call.Get(s_together) || call.Get(s_windows) is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{Path.GetFileName(path)} holds a summary without rows.",
                "Give the rows of the reference for --together and --windows; limits that were learned before are in the file."
            );
        }

        try
        {
            return
                JsonSerializer.Deserialize<ReferenceProfile>(File.ReadAllText(path), RondoJson.Options)
                    is { Columns.Count: > 0 } kept
                ? kept
                : throw new JsonException("there are no columns.");
        }
        catch (FileNotFoundException e)
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no file '{path}'.", "Name what --save wrote.", e);
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{Path.GetFileName(path)} is not what --save writes: {e.Message}",
                "Name the rows themselves, or save them again with rondo data compare REFERENCE FILE --save PROFILE.json.",
                e
            );
        }
    }

    private static ReferenceProfile Profile(Invocation call, TableSource before)
    {
        var table = before.ToTable();
        var reference = call.Get(s_windows) is not { } windows
            ? ReferenceProfile.Of(table)
            : ReferenceProfile.Of(
                table,
                new DriftCalibration(DriftWindow.Parse(windows), call.Get(s_time) ?? OnlyTime(table), call.Get(s_alpha))
            );
        DataCommands.RequireColumns(before.Name, reference.Columns.Count);
        return reference;
    }

    private static string? OnlyTime(Table table)
    {
        var times = table.Columns.Where(column => column.Type is ColumnType.Date or ColumnType.Timestamp).ToList();
        return times.Count == 1 ? times[0].Name : null;
    }

    private static void Show(Invocation call, DriftReport report)
    {
        var measure = call.Get(s_measure);
        call.Screen.Table(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.CurrentRows} rows beside {report.ReferenceRows} of the reference, most moved first"
            ),
            [.. report.Columns.OrderByDescending(column => column[measure] ?? -1).Select(Row)],
            [
                Column.Of("column", "column"),
                Column.Number(measure == DriftMeasure.Effect ? "effect" : Name(measure), "value"),
                .. report.Thresholds is null ? [] : (Column[])[Column.Number("limit", "limit")],
                Column.Number("psi", "psi"),
                Column.Number("without drift below", "null95"),
                Column.Number("p, adjusted", "p"),
                Column.Of("", "state"),
                Column.Of("what drove it", "driver"),
            ]
        );
        if (report.Limits is { } limits)
        {
            call.Screen.Line(limits);
            Any(call, report, measure);
        }

        if (report.Domain is { } domain)
        {
            var by = domain
                .Drivers.Take(DriversShown)
                .Select(driver => Invariant($"{driver.Column} {driver.Share:P0}"));
            call.Screen.Line(
                Invariant($"All columns together: AUC {domain.Auc:F3} of telling the rows apart, p {domain.P:G2}; by ")
                    + string.Join(", ", by)
                    + "."
            );
        }

        object Cells(ColumnDrift column) =>
            new
            {
                column.Column,
                Value = Three(column[measure]),
                Limit = Three(column.Limits?[measure]),
                Psi = Three(column.Psi),
                Null95 = Three(column.PsiNull95),
                P = Three(column.AdjustedP),
                State = column.Reason ?? State(column, measure),
                column.Driver,
            };

        JsonElement Row(ColumnDrift column) => DataCommands.Json(Cells(column));
    }

    private static void Any(Invocation call, DriftReport report, DriftMeasure measure)
    {
        var above = report.Above(measure).Select(column => column.Column).ToList();
        call.Screen.Line(
            above.Count == 0
                ? $"By {Name(measure)}, and over all columns at once, no column has moved."
                : $"By {Name(measure)}, and over all columns at once, moved: {string.Join(", ", above)}."
        );
    }

    // With learned limits these decide, else the test.
    private static string State(ColumnDrift column, DriftMeasure measure) =>
        column.Limits is { } limits
            ? column[measure] > limits[measure]
                ? "above its limit"
                : ""
            : column.IsSignificant
                ? "moved"
                : "";

    private static string Name(DriftMeasure measure) => JsonNamingPolicy.CamelCase.ConvertName(measure.ToString());

    private static string? Three(double? value) => value?.ToString("G3", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
