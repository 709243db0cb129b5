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

    public static Argument<string> File { get; } =
        new("file") { Description = "A CSV, JSON lines or Parquet file, a pattern, or a folder." };

    private static readonly Option<string> s_schema = new("--schema")
    {
        Description = "The file of the schema.",
        Required = true,
    };

    private static readonly Option<string?> s_environment = new("--environment")
    {
        Description = "Where the rows come from, such as serving; columns that are absent there need not be.",
    };

    public static Option<string?> Html { get; } = new("--html") { Description = "Also write a page to look at." };

    private static readonly Option<string?> s_target = new("--target")
    {
        Description = "The column that is to be predicted: what hangs together with it, and what knows it too well.",
    };

    private static readonly Option<string?> s_by = new("--by")
    {
        Description =
            "Also describe each value of this column by itself: the twenty most frequent, and all others together.",
    };

    private static readonly Option<string?> s_column = new("--column")
    {
        Description = "Only accept what is about this column.",
    };

    private static readonly Option<bool> s_distributions = new("--distributions")
    {
        Description = "Also expect the shares of few values and the quantiles of numbers that these files have.",
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
                    File,
                    s_target,
                    s_by,
                    Html
                ),
                CommandBuilding.Make(
                    "validate",
                    "Compare files with a schema; exit code 1 where something would stop a run.",
                    ValidateAsync,
                    File,
                    s_schema,
                    s_environment,
                    Html
                ),
                DataScanCommand.Create(),
                DataCurateCommand.Create(),
                DataCompareCommand.Create()
            ),
            CommandBuilding.Make(
                "schema",
                "What files are expected to hold, as a file that a person edits.",
                null,
                CommandBuilding.Make(
                    "infer",
                    "Write the schema that files suggest.",
                    InferAsync,
                    File,
                    s_schema,
                    s_distributions
                ),
                CommandBuilding.Make(
                    "accept",
                    "Change the schema so that it allows what these files hold.",
                    AcceptAsync,
                    File,
                    s_schema,
                    s_column
                )
            ),
        ];

    private static Task ProfileAsync(Invocation call)
    {
        var source = Open(call, File);
        // One reading serves both.
        var profiler = new TableProfiler();
        var associations = Associations.Of(source.Tap(profiler.Add));
        var statistics = profiler.ToStatistics();
        var target = call.Get(s_target) is { } name ? Target(statistics, associations, name) : null;
        var slices = call.Get(s_by) is { } by ? SliceStatistics.Of(source, by) : null;
        WritePage(call, () => StatisticsPage.Html(source.Name, statistics, associations, slices));
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
                    Slices = slices,
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
        if (slices is not null)
        {
            call.Screen.Table("By " + slices.Column, SliceRows.Of(slices), SliceRows.Columns);
        }

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
        var source = Open(call, File, schema);
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

    private static Task InferAsync(Invocation call)
    {
        var path = call.Get(s_schema)!;
        if (System.IO.File.Exists(path))
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"There is a schema at '{path}' already.",
                "Change it with rondo schema accept, or delete it first."
            );
        }

        WrittenFile.Require(path);
        var source = Open(call, File);
        var statistics = source.Describe();
        var schema = TableSchema.Infer(NameOf(path), statistics);
        if (call.Get(s_distributions))
        {
            schema = schema with { Columns = [.. schema.Columns.Select(column => Distributed(column, statistics))] };
        }

        RequireColumns(source.Name, schema.Columns.Count);
        SchemaFile.Write(schema, path);
        call.Screen.Done(
            new { Path = path, Columns = schema.Columns.Count },
            $"Wrote [bold]{path}[/] with {schema.Columns.Count} columns. Read it, and say more where you know more."
        );
        return Task.CompletedTask;
    }

    // What numbers every value has is no distribution.
    private static ColumnExpectation Distributed(ColumnExpectation column, TableStatistics statistics) =>
        column.Unique || statistics.Find(column.Name) is not { } found
            ? column
            : column with
            {
                Distribution = DistributionExpectation.Infer(found),
            };

    private static Task AcceptAsync(Invocation call)
    {
        var path = call.Get(s_schema)!;
        var schema = SchemaFile.Read(path);
        WrittenFile.Require(path);
        var source = Open(call, File, schema);
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

    public static TableSource Open(Invocation call, Argument<string> file, TableSchema? schema = null)
    {
        WrittenFile.Require(call.Get(Html));
        var source = TableSource.Open(call.Get(file), new CsvOptions { Schema = schema });
        call.Screen.Progress($"[grey]Reading {source.Name} …[/]");
        return source;
    }

    public static void RequireColumns(string name, int columns)
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

    public static void WritePage(Invocation call, Func<string> html)
    {
        if (call.Get(Html) is { } path)
        {
            WrittenFile.Write(path, html());
            call.Screen.Progress($"[grey]Wrote {path}.[/]");
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

    public static string Share(double? share) => share?.ToString("P1", CultureInfo.InvariantCulture) ?? "";

    private static string? Three(JsonElement row, string path) =>
        row.Number(path)?.ToString("G3", CultureInfo.InvariantCulture);

    public static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);

    /// <summary>What is known of the column that is to be predicted. Classes: null where it has too many values for classes.</summary>
    private sealed record TargetFacts(
        string Column,
        IReadOnlyList<ValueCount>? Classes,
        IReadOnlyList<Association> Associations,
        IReadOnlyList<string> LeakageSuspects
    );
}
