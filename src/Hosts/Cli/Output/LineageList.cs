using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>Shows everything that something depends on, kind by kind.</summary>
internal static class LineageList
{
    private static readonly (string Kind, string Heading)[] s_kinds =
    [
        ("model-version", "Models"),
        ("logged-model", "Logged models"),
        ("dataset-version", "Datasets"),
        ("dataset", "Datasets of runs"),
        ("file", "Files"),
        ("run", "Runs"),
        ("commit", "Commits"),
        ("package", "Packages"),
        ("code", "Code"),
    ];

    public static void Show(JsonElement closure, Screen screen)
    {
        if (screen.Json)
        {
            screen.Document(closure);
            return;
        }

        var items = (closure.At("items")?.EnumerateArray() ?? default).ToLookup(
            item => item.Text("kind") ?? "",
            StringComparer.Ordinal
        );
        screen.Markup($"Everything that [bold]{closure.Text("root")}[/] depends on");
        if (items.Count == 0)
        {
            screen.Line("It came from outside: nothing is known that it depends on.");
        }

        foreach (var (kind, heading) in s_kinds)
        {
            screen.Table(
                heading,
                [.. items[kind]],
                Column.Id(kind == "code" ? "digest" : "id", "id"),
                Column.Of(kind == "code" ? "step" : "what", "detail"),
                new Column("for", row => row.Text("role") == "judged" ? "its evaluation" : "the thing itself"),
                Column.Time("deleted", "deletedAt")
            );
        }

        if (closure.Text("cut") is { } cut)
        {
            screen.Line($"There is more than this: the walk ended {cut}.");
        }
    }
}
