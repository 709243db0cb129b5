using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>datasets</c>: what there is, what a version holds, and pushing to it.</summary>
internal static class DatasetCommands
{
    private static readonly Argument<string> s_dataset = new("dataset");
    private static readonly Argument<long> s_number = new("version") { Description = "The number of the version." };
    private static readonly Argument<string?> s_shown = new("version")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The number of the version; the newest without it.",
    };

    private static readonly Option<string?> s_schema = new("--schema")
    {
        Description = "Also write the schema that this version suggests.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "datasets",
            "The datasets of a project.",
            ListAsync,
            CommandBuilding.Make(
                "versions",
                "The versions of a dataset.",
                ListVersionsAsync,
                s_dataset,
                GlobalOptions.Environment
            ),
            CommandBuilding.Make(
                "show",
                "What a version holds: its files, its columns, how it was made, and what was made from it.",
                ShowAsync,
                s_dataset,
                s_shown,
                GlobalOptions.Environment,
                DataCommands.Html,
                s_schema
            ),
            DatasetDiffCommand.Create(),
            DatasetForgetCommands.Forget(),
            DatasetForgetCommands.Forgotten(),
            CommandBuilding.Make(
                "delete",
                "Delete a version that no served model was made from; what is known of it stays.",
                DeleteAsync,
                s_dataset,
                s_number,
                GlobalOptions.Environment
            ),
            DatasetPushCommand.Create()
        );

    public static Column[] Versions() =>
        [
            Column.Of("dataset", "dataset"),
            Column.Of("in", "environment"),
            Column.Number("version", "version"),
            Column.Number("rows", "rows"),
            Column.Number("new", "newRows"),
            new Column("newest data", row => Words.Day(row, "asOf")),
            new Column("made by", row => row.Text("origin.kind")),
            Column.Time("made", "createdAt"),
            Column.Time("deleted", "deletedAt"),
        ];

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/datasets", call.Cancellation),
            "No data was pushed yet. Push some: rondo datasets push DATASET FILE.",
            Versions()
        );

    private static async Task ListVersionsAsync(Invocation call)
    {
        var dataset = call.Get(s_dataset);
        var path = await call.ProjectPathAsync() + "/datasets";
        var versions = await call.Api.GetAsync(
            $"{path}/{Segment.Of(dataset)}/versions?environment={call.Get(GlobalOptions.Environment)}",
            call.Cancellation
        );
        if (versions.Items().Count == 0)
        {
            var known = (await call.Api.GetAsync(path, call.Cancellation)).Items();
            throw new RondoException(
                ErrorCode.NotFound,
                $"Dataset '{dataset}' has no version in {call.Get(GlobalOptions.Environment)}.",
                known.Count == 0
                    ? $"Push a file: rondo datasets push {dataset} FILE."
                    : "There is: "
                        + string.Join(
                            ", ",
                            known.Select(item => $"{item.Text("dataset")} in {item.Text("environment")}")
                        )
                        + "."
            );
        }

        call.Screen.List(versions, "", Versions());
    }

    private static async Task DeleteAsync(Invocation call)
    {
        var deleted = await call.Api.DeleteAsync(
            $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}/versions/{call.Get(s_number)}?environment={call.Get(GlobalOptions.Environment)}",
            call.Cancellation
        );
        call.Screen.Done(
            deleted,
            $"[bold]{deleted.Text("id")}[/] is deleted. Its bytes go when nothing else needs them: rondo gc --dry-run."
        );
    }

    private static async Task ShowAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(DataCommands.Html));
        WrittenFile.Require(call.Get(s_schema));
        var shown = await call.Api.GetAsync(
            $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}/versions/{Segment.Of(call.Optional(s_shown) ?? "newest")}/description?environment={call.Get(GlobalOptions.Environment)}",
            call.Cancellation
        );
        var statistics = shown.At("statistics")!.Value.Deserialize<TableStatistics>(RondoJson.Options)!;
        DataCommands.WritePage(call, () => StatisticsPage.Html(shown.Text("version.id")!, statistics));
        if (call.Get(s_schema) is { } schema)
        {
            SchemaFile.Write(TableSchema.Infer(call.Get(s_dataset), statistics), schema);
        }

        if (call.Screen.Json)
        {
            call.Screen.Document(shown);
            return;
        }

        Tell(call, shown, statistics);
    }

    private static void Tell(Invocation call, JsonElement shown, TableStatistics statistics)
    {
        call.Screen.Details(
            shown,
            Column.Of("version", "version.id"),
            Column.Of("digest", "version.contentDigest"),
            Column.Time("made", "version.createdAt"),
            new Column("made by", row => row.Text("version.origin.kind") ?? "files pushed as they are"),
            new Column("made from", row => Names(row, "version.origin.parents")),
            new Column("rows in", RowsIn),
            Column.Of("rows", "version.rows"),
            Column.Of("lines held back", "version.quarantined"),
            new Column("newest data", row => Words.Day(row, "version.asOf")),
            new Column("made from it", row => Names(row, "children"))
        );
        if (shown.Text("version.origin.text") is { } text)
        {
            call.Screen.Line(text);
        }

        call.Screen.Table(
            "Files",
            [.. shown.At("files")!.Value.EnumerateArray()],
            Column.Of("file", "name"),
            Column.Number("bytes", "size"),
            new Column("digest", row => Words.Digest(row.Text("digest")))
        );
        call.Screen.Table("Columns", ProfileRows.Of(statistics), ProfileRows.Columns);
        call.Screen.Table(
            "Worth a look",
            [.. shown.At("warnings")!.Value.EnumerateArray()],
            Column.Of("column", "column"),
            Column.Of("it …", "message")
        );
    }

    private static string? RowsIn(JsonElement shown) =>
        shown.Text("version.origin.rowsIn")
        ?? ((shown.Number("version.rows") ?? 0) + (shown.Number("version.quarantined") ?? 0)).ToString(
            "0",
            CultureInfo.InvariantCulture
        );

    private static string? Names(JsonElement row, string path) =>
        row.At(path) is { ValueKind: JsonValueKind.Array } names && names.GetArrayLength() > 0
            ? string.Join(", ", names.EnumerateArray().Select(name => name.GetString()))
            : null;
}
