using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>builds</c>, <c>releases</c>, <c>promote</c>, <c>datasets</c>.</summary>
internal static class DeliveryCommands
{
    private static readonly Argument<string> s_build = new("build");
    private static readonly Argument<string> s_dataset = new("dataset");
    private static readonly Argument<string> s_file = new("file");
    private static readonly Argument<long> s_number = new("version") { Description = "The number of the version." };
    private static readonly Option<string> s_from = new("--from")
    {
        DefaultValueFactory = _ => "test",
        Description = "Where the package is.",
    };
    private static readonly Option<string> s_to = new("--to")
    {
        DefaultValueFactory = _ => "production",
        Description = "Where it goes.",
    };

    private static readonly Option<bool> s_follow = new("--follow", "-f")
    {
        Description = "Go on until it has finished.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "builds",
                "The builds of a project, newest first.",
                ListBuildsAsync,
                CommandBuilding.Make("log", "What a build printed.", BuildLogAsync, s_build, s_follow)
            ),
            CommandBuilding.Make("releases", "Which package is in which environment.", ListReleasesAsync),
            CommandBuilding.Make(
                "promote",
                "Release an environment's package to the next.",
                PromoteAsync,
                s_from,
                s_to
            ),
            CommandBuilding.Make(
                "datasets",
                "The datasets of a project.",
                ListDatasetsAsync,
                CommandBuilding.Make(
                    "versions",
                    "The versions of a dataset.",
                    ListVersionsAsync,
                    s_dataset,
                    GlobalOptions.Environment
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
                CommandBuilding.Make(
                    "push",
                    "Add a file to a dataset; one of the same name is replaced.",
                    PushAsync,
                    s_dataset,
                    s_file,
                    GlobalOptions.Environment
                )
            ),
        ];

    private static async Task ListBuildsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/builds", call.Cancellation),
            "Nothing was built yet. Push: git push SERVER/git/PROJECT.git main.",
            Column.Id("build", "id"),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            Column.Of("state", "state"),
            new Column("tests", row => row.Text("testsPassed") is { } ok ? $"{ok} ok{Failed(row)}" : null),
            Column.Time("created", "createdAt"),
            Column.Of("reason", "reason")
        );

    private static async Task BuildLogAsync(Invocation call)
    {
        var path = $"{await call.ProjectPathAsync()}/builds/{Segment.Of(call.Get(s_build))}/log";
        var follow = call.Get(s_follow);
        var after = "0";
        var kept = new List<JsonElement>();
        while (true)
        {
            var log = await call.Api.GetAsync($"{path}?after={after}" + (follow ? "&wait=20" : ""), call.Cancellation);
            var lines = log.At("lines")?.EnumerateArray().ToList() ?? [];
            foreach (var line in lines)
            {
                if (call.Screen.Json && !follow)
                {
                    kept.Add(line);
                }
                else if (call.Screen.Json)
                {
                    call.Screen.DocumentLine(line);
                }

                call.Screen.Line(line.ToString());
            }

            after = log.Text("next") ?? after;
            if (log.Text("ended") == "yes" || (lines.Count == 0 && !follow))
            {
                break;
            }
        }

        if (call.Screen.Json && !follow)
        {
            call.Screen.Document(new { lines = kept });
        }
    }

    private static async Task ListReleasesAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/releases", call.Cancellation),
            "Nothing is released yet.",
            Column.Of("environment", "environment"),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            new Column("package", row => Words.Digest(row.Text("package"))),
            Column.Of("state", "state"),
            Column.Of("by", "actor"),
            Column.Time("at", "createdAt"),
            Column.Of("reason", "reason")
        );

    private static async Task PromoteAsync(Invocation call)
    {
        var body = new { from = call.Get(s_from), to = call.Get(s_to) };
        var made = await call.Api.PostAsync($"{await call.ProjectPathAsync()}/promote", body, call.Cancellation);
        call.Screen.Done(made, $"The package in {body.from} goes to [bold]{body.to}[/].");
    }

    private static string Failed(JsonElement build) =>
        build.Number("testsFailed") is > 0 ? $", {build.Text("testsFailed")} failed" : "";

    private static async Task ListDatasetsAsync(Invocation call) =>
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

    private static async Task PushAsync(Invocation call)
    {
        var file = call.Get(s_file);
        var name = Segment.Of(Path.GetFileName(Path.GetFullPath(file)));
        var made = await call.Api.PostFileAsync(
            $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}/files/{name}?environment={call.Get(GlobalOptions.Environment)}",
            file,
            call.Cancellation
        );
        call.Screen.Details(
            made,
            new Column("dataset", row => $"{row.Text("version.dataset")} in {row.Text("version.environment")}"),
            new Column(
                "version",
                row => row.Text("version.version") + (row.Text("created") == "no" ? " (nothing new: as before)" : "")
            ),
            Column.Of("rows", "version.rows"),
            Column.Of("new rows", "version.newRows")
        );
        await WarnAsync(call, made);
    }

    // A wrong name or a file of another kind is taken as it is: what looks like a slip is said.
    private static async Task WarnAsync(Invocation call, JsonElement made)
    {
        if (made.Text("version.rows") == "0")
        {
            call.Screen.Progress(
                $"[yellow]No row was read from {Path.GetFileName(call.Get(s_file))}: a dataset file is CSV and begins with a line of column names.[/]"
            );
        }

        if (made.Text("version.version") != "1")
        {
            return;
        }

        var read = (await call.Api.GetAsync(await call.ProjectPathAsync() + "/pipelines", call.Cancellation))
            .Items()
            .SelectMany(pipeline => pipeline.At("nodes")?.EnumerateArray() ?? default)
            .Where(node => node.Text("kind") == "dataset")
            .Select(node => node.Text("source"))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (read.Count > 0 && !read.Contains(call.Get(s_dataset), StringComparer.Ordinal))
        {
            call.Screen.Progress(
                $"[yellow]No deployed pipeline reads '{call.Get(s_dataset)}'; they read {string.Join(", ", read)}.[/]"
            );
        }
    }

    private static Column[] Versions() =>
        [
            Column.Of("dataset", "dataset"),
            Column.Of("in", "environment"),
            Column.Number("version", "version"),
            Column.Number("rows", "rows"),
            Column.Number("new", "newRows"),
            new Column("newest data", row => Words.Day(row, "asOf")),
            Column.Time("made", "createdAt"),
            Column.Time("deleted", "deletedAt"),
        ];
}
