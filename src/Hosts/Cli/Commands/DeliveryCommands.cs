using System.CommandLine;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>builds</c>, <c>releases</c>, <c>promote</c>, <c>datasets</c>.</summary>
internal static class DeliveryCommands
{
    private static readonly Argument<string> s_build = new("build");
    private static readonly Argument<string> s_dataset = new("dataset");
    private static readonly Argument<string> s_file = new("file");
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

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "builds",
                "The builds of a project, newest first.",
                ListBuildsAsync,
                CommandBuilding.Make("log", "What a build printed.", BuildLogAsync, s_build)
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
            await call.Api.GetAsync($"/api/v1/projects/{await call.ProjectAsync()}/builds", call.Cancellation),
            "Nothing was built yet. Push: git push SERVER/git/PROJECT.git main.",
            Column.Of("build", "id"),
            new Column("commit", row => row.Text("commit") is { Length: > 10 } commit ? commit[..10] : null),
            Column.Of("state", "state"),
            Column.Of("reason", "reason"),
            Column.Time("created", "createdAt")
        );

    private static async Task BuildLogAsync(Invocation call)
    {
        var path = $"/api/v1/projects/{await call.ProjectAsync()}/builds/{Uri.EscapeDataString(call.Get(s_build))}/log";
        var log = await call.Api.GetAsync(path, call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(log);
        }

        foreach (var line in log.At("lines")?.EnumerateArray() ?? default)
        {
            call.Screen.Line(line.ToString());
        }
    }

    private static async Task ListReleasesAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"/api/v1/projects/{await call.ProjectAsync()}/releases", call.Cancellation),
            "Nothing is released yet.",
            Column.Of("environment", "environment"),
            new Column("commit", row => row.Text("commit") is { Length: > 10 } commit ? commit[..10] : null),
            new Column("package", row => row.Text("package") is { Length: > 12 } package ? package[..12] : null),
            Column.Of("state", "state"),
            Column.Time("at", "createdAt")
        );

    private static async Task PromoteAsync(Invocation call)
    {
        var body = new { from = call.Get(s_from), to = call.Get(s_to) };
        var made = await call.Api.PostAsync(
            $"/api/v1/projects/{await call.ProjectAsync()}/promote",
            body,
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(made);
        }

        call.Screen.Markup($"The package in {body.from} goes to [bold]{body.to}[/].");
    }

    private static async Task ListDatasetsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"/api/v1/projects/{await call.ProjectAsync()}/datasets", call.Cancellation),
            "No data was pushed yet. Push some: rondo datasets push DATASET FILE.",
            Versions()
        );

    private static async Task ListVersionsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"/api/v1/projects/{await call.ProjectAsync()}/datasets/{Uri.EscapeDataString(call.Get(s_dataset))}/versions?environment={call.Get(GlobalOptions.Environment)}",
                call.Cancellation
            ),
            "This dataset has no version there.",
            Versions()
        );

    private static async Task PushAsync(Invocation call)
    {
        var file = call.Get(s_file);
        var name = Uri.EscapeDataString(Path.GetFileName(file));
        var made = await call.Api.PostFileAsync(
            $"/api/v1/projects/{await call.ProjectAsync()}/datasets/{Uri.EscapeDataString(call.Get(s_dataset))}/files/{name}?environment={call.Get(GlobalOptions.Environment)}",
            file,
            call.Cancellation
        );
        call.Screen.Details(
            made,
            Column.Of("version", "version.version"),
            Column.Of("rows", "version.rows"),
            Column.Of("new rows", "version.newRows")
        );
    }

    private static Column[] Versions() =>
        [
            Column.Of("dataset", "dataset"),
            Column.Of("in", "environment"),
            Column.Number("version", "version"),
            Column.Number("rows", "rows"),
            Column.Number("new", "newRows"),
            Column.Of("newest data", "asOf"),
            Column.Time("made", "createdAt"),
        ];
}
