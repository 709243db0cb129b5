using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>data</c> and <c>schema</c>: what files hold, whether it is what was expected, and how far it has moved. No server is needed.</summary>
internal static class DataCommands
{
    private const int Stops = 1;
    private const int ClassesMax = 20;
    private const int AssociationsShown = 10;

    private static readonly Argument<string> s_file = new("file")
    {
        Description = "A CSV, JSON lines or Parquet file, a pattern, or a folder.",
    };

    private static readonly Argument<string> s_reference = new("reference")
    {
        Description = "The rows to compare with.",
    };

    private static readonly Option<string> s_schema = new("--schema")
    {
        Description = "The file of the schema.",
        Required = true,
    };

    private static readonly Option<string?> s_environment = new("--environment")
    {
        Description = "Where the rows come from, such as serving; columns that are absent there need not be.",
    };

    private static readonly Option<string?> s_html = new("--html") { Description = "Also write a page to look at." };

    private static readonly Option<string?> s_target = new("--target")
    {
        Description = "The column that is to be predicted: what hangs together with it, and what knows it too well.",
    };

    private static readonly Option<string?> s_column = new("--column")
    {
        Description = "Only accept what is about this column.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "data",
                "What files hold, whether it is as expected, and how far it has moved.",
                null,
                CommandBuilding.Make(
                    "profile",
                    "Describe the columns of files.",
                    ProfileAsync,
                    s_file,
                    s_target,
                    s_html
                ),
                CommandBuilding.Make(
                    "validate",
                    "Compare files with a schema; exit code 1 where something would stop a run.",
                    ValidateAsync,
                    s_file,
                    s_schema,
                    s_environment,
                    s_html
                ),
                DataScanCommand.Create(),
                DataCurateCommand.Create(),
                CommandBuilding.Make(
                    "compare",
                    "How far the rows of files have moved from others.",
                    CompareAsync,
                    s_reference,
                    s_file
                )
            ),
            CommandBuilding.Make(
                "schema",
                "What files are expected to hold, as a file that a person edits.",
                null,
                CommandBuilding.Make("infer", "Write the schema that files suggest.", InferAsync, s_file, s_schema),
                CommandBuilding.Make(
                    "accept",
                    "Change the schema so that it allows what these files hold.",
                    AcceptAsync,
                    s_file,
                    s_schema,
                    s_column
                )
            ),
        ];

    private static Task ProfileAsync(Invocation call)
    {
        var source = Open(call, s_file);
        // One reading serves both.
        var profiler = new TableProfiler();
        var associations = Associations.Of(source.Tap(profiler.Add));
        var statistics = profiler.ToStatistics();
        var target = call.Get(s_target) is { } name ? Target(statistics, associations, name) : null;
        WritePage(call, () => StatisticsPage.Html(source.Name, statistics, associations));
        var warnings = statistics.Warnings();
        if (call.Screen.Json)
        {
            call.Screen.Document(
                new
                {
                    Source = source.Name,
                    Statistics = statistics,
                    Warnings = warnings,
                    Associations = associations,
                    Target = target,
                    source.Quarantine,
                }
            );
            return Task.CompletedTask;
        }

        call.Screen.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Name}: {statistics.Rows:N0} rows, {statistics.Columns.Count} columns"
            )
        );
        call.Screen.Table("Columns", ProfileRows.Of(statistics), ProfileRows.Columns);
        call.Screen.Table(
            "Worth a look",
            [.. warnings.Select(Json)],
            Column.Of("column", "column"),
            Column.Of("it …", "message")
        );
        call.Screen.Table(
            "Nearly the same: one of the two can go",
            [.. associations.NearDuplicates().Select(Json)],
            Column.Of("column", "left"),
            Column.Of("and", "right"),
            new Column("association", row => Three(row, "value"), RightAligned: true)
        );
        TellOfTarget(call, target);
        TellOfRows(call, associations);
        TellOfQuarantine(call, source);
        return Task.CompletedTask;
    }

    private static TargetFacts Target(TableStatistics statistics, Associations associations, string name)
    {
        var column =
            statistics.Find(name)
            ?? throw new RondoException(
                ErrorCode.NotFound,
                $"There is no column '{name}'.",
                "There are: " + string.Join(", ", statistics.Columns.Take(50).Select(c => c.Name)) + "."
            );
        return new TargetFacts(
            column.Name,
            column.Top?.Count == column.Distinct && column.Distinct <= ClassesMax ? column.Top : null,
            [.. associations.With(name).Take(AssociationsShown)],
            associations.LeakageSuspects(name)
        );
    }

    private static void TellOfTarget(Invocation call, TargetFacts? target)
    {
        if (target is null)
        {
            return;
        }

        var count = target.Classes?.Sum(value => value.Count) ?? 0;
        call.Screen.Table(
            "Classes of " + target.Column,
            [.. (target.Classes ?? []).Select(Json)],
            Column.Of("class", "value"),
            Column.Number("rows", "count"),
            new Column("share", row => Share(row.Number("count") / count), RightAligned: true)
        );
        call.Screen.Table(
            "What hangs together with " + target.Column,
            [.. target.Associations.Select(Json)],
            new Column("column", row => row.Text("left") == target.Column ? row.Text("right") : row.Text("left")),
            new Column("association", row => Three(row, "value"), RightAligned: true),
            Column.Of("measure", "measure")
        );
        if (target.LeakageSuspects.Count > 0)
        {
            call.Screen.Markup(
                $"[yellow]{string.Join(", ", target.LeakageSuspects)}: so close to {target.Column} that they may be made from it, or be known only after it.[/]"
            );
        }
    }

    private static void TellOfRows(Invocation call, Associations associations)
    {
        if (associations.DuplicateRows is > 0 and var twice)
        {
            call.Screen.Markup($"[yellow]{twice} rows are equal to an earlier row in every column.[/]");
        }
    }

    private static Task<int> ValidateAsync(Invocation call)
    {
        var schema = SchemaFile.Read(call.Get(s_schema)!);
        var source = Open(call, s_file, schema);
        var report = SchemaValidator.Validate(schema, source, call.Get(s_environment));
        WritePage(call, () => ValidationPage.Html(source.Name, report));
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
        }
        else
        {
            ShowReport(call, report);
        }

        return Task.FromResult(report.HasSchemaSkew ? Stops : 0);
    }

    private static void ShowReport(Invocation call, ValidationReport report)
    {
        if (report.IsClean)
        {
            call.Screen.Markup($"[green]{report.Rows} rows are as {report.Schema} expects.[/]");
            return;
        }

        call.Screen.Table(
            string.Create(CultureInfo.InvariantCulture, $"{report.Anomalies.Count} anomalies in {report.Rows} rows"),
            [.. report.Anomalies.Select(Json)],
            new Column("", row => row.At("isSchemaSkew")?.GetBoolean() == true ? "stops" : "told"),
            Column.Of("what", "message"),
            new Column("share", row => Share(row.Number("share")), RightAligned: true),
            Column.Of("what to do", "mend")
        );
    }

    private static Task CompareAsync(Invocation call)
    {
        var before = Open(call, s_reference);
        var reference = ReferenceProfile.Of(before.ToTable());
        RequireColumns(before.Name, reference.Columns.Count);
        var report = Drift.Compare(reference, Open(call, s_file));
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
            return Task.CompletedTask;
        }

        call.Screen.Table(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.CurrentRows} rows beside {report.ReferenceRows} of the reference, most moved first"
            ),
            [.. report.Columns.OrderByDescending(column => column.Effect ?? -1).Select(Json)],
            Column.Of("column", "column"),
            new Column("effect", row => Three(row, "effect"), RightAligned: true),
            new Column("psi", row => Three(row, "psi"), RightAligned: true),
            new Column("without drift below", row => Three(row, "psiNull95"), RightAligned: true),
            new Column("p, adjusted", row => Three(row, "adjustedP"), RightAligned: true),
            new Column("", row => row.At("isSignificant")?.GetBoolean() == true ? "moved" : row.Text("reason"))
        );
        return Task.CompletedTask;
    }

    private static Task InferAsync(Invocation call)
    {
        var path = call.Get(s_schema)!;
        if (File.Exists(path))
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"There is a schema at '{path}' already.",
                "Change it with rondo schema accept, or delete it first."
            );
        }

        RequireFolderOf(path);
        var source = Open(call, s_file);
        var schema = TableSchema.Infer(NameOf(path), source.Describe());
        RequireColumns(source.Name, schema.Columns.Count);
        SchemaFile.Write(schema, path);
        call.Screen.Done(
            new { Path = path, Columns = schema.Columns.Count },
            $"Wrote [bold]{path}[/] with {schema.Columns.Count} columns. Read it, and say more where you know more."
        );
        return Task.CompletedTask;
    }

    private static Task AcceptAsync(Invocation call)
    {
        var path = call.Get(s_schema)!;
        var schema = SchemaFile.Read(path);
        var source = Open(call, s_file, schema);
        var report = SchemaValidator.Validate(schema, source);
        if (call.Get(s_column) is { } column)
        {
            report = report with { Anomalies = OfColumn(report, schema, column) };
        }

        var (accepted, changes) = SchemaAcceptance.Accept(schema, report, source.Describe());
        if (changes.Count > 0)
        {
            SchemaFile.Write(accepted, path);
        }

        if (call.Screen.Json)
        {
            call.Screen.Document(new { Path = path, Changes = changes });
            return Task.CompletedTask;
        }

        call.Screen.Table(
            "Changed in " + path,
            [.. changes.Select(Json)],
            Column.Of("column", "column"),
            Column.Of("from now on", "change")
        );
        var left = report.Anomalies.Count - changes.Count;
        call.Screen.Line(
            changes.Count == 0 && left == 0 ? "The schema allows these files already."
            : left == 0 ? "Read the difference, then commit it."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{left} more of the anomalies cannot be accepted so: rondo data validate shows them."
            )
        );
        return Task.CompletedTask;
    }

    private static IReadOnlyList<Anomaly> OfColumn(ValidationReport report, TableSchema schema, string column)
    {
        List<Anomaly> found = [.. report.Anomalies.Where(anomaly => anomaly.Column == column)];
        return found.Count > 0 || schema.Find(column) is not null
            ? found
            : throw new RondoException(
                ErrorCode.NotFound,
                $"There is no column '{column}' in the schema, and nothing to accept about one.",
                "There are: " + string.Join(", ", schema.Columns.Take(50).Select(c => c.Name)) + "."
            );
    }

    private static TableSource Open(Invocation call, Argument<string> file, TableSchema? schema = null)
    {
        RequireFolderOf(call.Get(s_html));
        var source = TableSource.Open(call.Get(file), new CsvOptions { Schema = schema });
        call.Screen.Progress($"[grey]Reading {source.Name} …[/]");
        return source;
    }

    private static void RequireColumns(string name, int columns)
    {
        if (columns == 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name} has no columns.",
                "Give a file whose first line names them."
            );
        }
    }

    private static void WritePage(Invocation call, Func<string> html)
    {
        if (call.Get(s_html) is { } path)
        {
            File.WriteAllText(path, html());
            call.Screen.Progress($"[grey]Wrote {path}.[/]");
        }
    }

    // Known before a large file is read for it.
    private static void RequireFolderOf(string? path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no folder '{folder}' to write {Path.GetFileName(path)} to.",
                "Make it first, or name another place."
            );
        }
    }

    private static void TellOfQuarantine(Invocation call, TableSource source)
    {
        if (source.Quarantine is { Count: > 0 } held)
        {
            call.Screen.Table(
                string.Create(CultureInfo.InvariantCulture, $"{held.Count} lines could not be read; the first of them"),
                [.. held.Rows.Take(5).Select(Json)],
                Column.Of("file", "file"),
                Column.Number("line", "line"),
                Column.Of("why", "reason")
            );
        }
    }

    private static string NameOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return name.EndsWith(".schema", StringComparison.Ordinal) ? name[..^".schema".Length] : name;
    }

    private static string Share(double? share) => share?.ToString("P1", CultureInfo.InvariantCulture) ?? "";

    private static string? Three(JsonElement row, string path) =>
        row.Number(path)?.ToString("G3", CultureInfo.InvariantCulture);

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);

    /// <summary>What is known of the column that is to be predicted. Classes: null where it has too many values for classes.</summary>
    private sealed record TargetFacts(
        string Column,
        IReadOnlyList<ValueCount>? Classes,
        IReadOnlyList<Association> Associations,
        IReadOnlyList<string> LeakageSuspects
    );
}
