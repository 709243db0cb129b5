using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Kernel.Projects;

namespace Rondo.Cli.Commands;

/// <summary><c>status</c>, <c>projects</c>.</summary>
internal static class ServerCommands
{
    private static readonly Argument<string> s_project = new("name")
    {
        Description = "Small letters, digits and hyphens, such as churn.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make("status", "How the server is, and what it is busy with.", StatusAsync),
            EventCommands.Create(),
            CommandBuilding.Make(
                "projects",
                "The projects of this server.",
                ListProjectsAsync,
                CommandBuilding.Make("create", "Create a project.", CreateProjectAsync, s_project)
            ),
        ];

    private static async Task StatusAsync(Invocation call)
    {
        var status = await call.Api.GetAsync("/api/v1/status", call.Cancellation);
        call.Screen.Details(
            status,
            new Column("server", _ => call.Api.Address.ToString().TrimEnd('/')),
            Column.Of("version", "version"),
            Column.Of("process", "processId"),
            new Column("memory", row => Megabytes(row.Number("residentBytes"))),
            new Column("projects", row => Join(row.At("projects"))),
            Column.Of("events", "position"),
            new Column("busy with", row => Busy(row.At("busy")))
        );
    }

    private static async Task ListProjectsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync("/api/v1/projects", call.Cancellation),
            "There is no project that you may see. Create one (rondo projects create NAME), or ask for a role in one.",
            Column.Of("project", "name"),
            Column.Time("created", "createdAt"),
            Column.Of("by", "createdBy")
        );

    private static async Task CreateProjectAsync(Invocation call)
    {
        var name = call.Get(s_project);
        var made = await call.Api.PostAsync("/api/v1/projects", new { name }, call.Cancellation);
        if (name == Project.OfClients)
        {
            call.Screen.Done(made, $"Project [bold]{name}[/] is there, for the models that MLflow's clients register.");
            return;
        }

        call.Screen.Done(
            made,
            $"Project [bold]{name}[/] is there. Push to it: git push {call.Api.Address}git/{name}.git main"
        );
    }

    private static string Megabytes(double? bytes) =>
        bytes is null ? "–" : (bytes.Value / 1e6).ToString("0", CultureInfo.InvariantCulture) + " MB";

    private static string Join(JsonElement? list) =>
        list is { } array && array.GetArrayLength() > 0
            ? string.Join(", ", array.EnumerateArray().Select(item => item.GetString()))
            : "none";

    private static string Busy(JsonElement? busy) =>
        busy is { } map && map.EnumerateObject().Any()
            ? string.Join(", ", map.EnumerateObject().Select(item => $"{item.Name} ({item.Value})"))
            : "nothing";
}
