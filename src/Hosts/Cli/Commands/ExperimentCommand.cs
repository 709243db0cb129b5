using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>experiments</c>: folder by folder, each with what is below it.</summary>
internal static class ExperimentCommand
{
    private static readonly Option<string?> s_folder = new("--folder")
    {
        Description = "The folder to look into, such as vision/cats.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "experiments",
            "The experiments of a folder, and the folders in it with all that is below them.",
            ListAsync,
            s_folder
        );

    private static async Task ListAsync(Invocation call)
    {
        var folder = call.Get(s_folder);
        var answer = await call.Api.GetAsync(
            "/api/v1/tracking/experiments" + (folder is null ? "" : "?folder=" + Uri.EscapeDataString(folder)),
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        var rows = answer.At("folders")!.Value.Items().Concat(answer.At("experiments")!.Value.Items());
        call.Screen.List(
            JsonSerializer.SerializeToElement(rows),
            folder is null
                ? "There is no experiment that you may see."
                : $"There is nothing in {folder} that you may see.",
            new Column("name", row => row.Text("folder") is { } below ? below + "/" : row.Text("name")),
            Column.Number("id", "id"),
            Column.Number("experiments", "experiments"),
            Column.Number("runs", "runs"),
            Column.Time("last run", "lastRunAt")
        );
    }
}
