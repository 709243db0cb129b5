using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>
/// Shows a lineage by its runs: why each ran, its code and its data, then its steps in order with what they made and of what.
/// A graph of steps as an indented tree would repeat most of itself.
/// </summary>
internal static class LineageTree
{
    private const int DigestLength = 8;
    private const int WidthMax = 100;

    public static void Show(JsonElement lineage, Screen screen)
    {
        if (screen.Json)
        {
            return;
        }

        var graph = new LineageGraph(lineage);
        screen.Line("");
        screen.Markup(
            $"[bold]Lineage[/] of {graph.Root}: what {(graph.Down ? "was made from it" : "it was made from")}"
        );
        var endpoints = graph.Endpoints.ToList();
        var logged = graph.Logged.ToList();
        var copies = Copies(graph).ToList();
        if (graph.Runs.Count == 0 && endpoints.Count == 0 && logged.Count == 0 && copies.Count == 0)
        {
            screen.Line(graph.Down ? "Nothing was made from it yet." : "It came from outside: no step made it.");
        }

        foreach (var (endpoint, version, state) in endpoints)
        {
            screen.Line($"endpoint {endpoint}: {version} ({state})");
        }

        foreach (var steps in graph.Runs)
        {
            ShowRun(graph, steps, screen);
        }

        foreach (var copy in copies)
        {
            screen.Line(copy);
        }

        foreach (var run in logged)
        {
            ShowLogged(graph, run, screen);
        }

        if (graph.Cut is { } cut)
        {
            screen.Line(
                $"There is more than this: the walk ended {cut}. Ask for one of its artifacts (--output json has their ids)."
            );
        }
    }

    private static void ShowRun(LineageGraph graph, LineageSteps steps, Screen screen)
    {
        var run = graph.Node(steps.Run);
        screen.Line("");
        screen.Markup($"[bold]{Title(run, steps)}[/]  {steps.Run}");
        var facts = Facts(graph, steps).ToList();
        foreach (var (name, value) in facts)
        {
            screen.Line($"├─ {name, -8} {value}");
        }

        screen.Line("└─ steps");
        var width = steps.Steps.Max(step => LabelOf(step).Length);
        foreach (var step in steps.Steps)
        {
            var (made, from) = Sentence(graph, steps, step);
            var line = $"   {LabelOf(step).PadRight(width)}  {made}";
            if (from.Length > 0 && line.Length + from.Length > WidthMax)
            {
                screen.Line(line);
                line = new string(' ', width + 5);
            }

            screen.Line(line + from);
        }
    }

    // What a client has registered from another version, or from a model of which no run is known.
    private static IEnumerable<string> Copies(LineageGraph graph) =>
        graph.ModelVersions.SelectMany(version =>
            graph
                .LinksTo(version)
                .Where(link =>
                    link.Label == "copied"
                    || (link.Node.Text("kind") == "logged-model" && !graph.Before(link.Node.Text("id")!, "run").Any())
                )
                .Select(link => $"{version} was registered from {LoggedName(link.Node, "")}")
        );

    // A run that a client has logged: it has no steps.
    private static void ShowLogged(LineageGraph graph, JsonElement run, Screen screen)
    {
        var id = run.Text("id")!;
        screen.Line("");
        screen.Markup($"[bold]{run.Text("label")} in {run.Text("properties.experiment")}[/]  {id}");
        var facts = graph
            .LinksTo(id)
            .Select(link => (link.Node.Text("kind") == "dataset" ? "data" : "read", LoggedName(link.Node, link.Label)))
            .Concat(graph.LinksFrom(id).SelectMany(link => MadeOf(graph, link.Node)).Distinct())
            .ToList();
        foreach (var (place, (name, value)) in facts.Index())
        {
            screen.Line($"{(place == facts.Count - 1 ? "└─" : "├─")} {name, -8} {value}");
        }
    }

    // A logged model and the versions that were registered from it, or a version.
    private static IEnumerable<(string Name, string Value)> MadeOf(LineageGraph graph, JsonElement made) =>
        new[] { (made.Text("kind") == "model-version" ? "made" : "logged", LoggedName(made, "")) }.Concat(
            graph
                .After(made.Text("id")!, "model-version")
                .Select(version => ("made", version + Deleted(graph.Node(version))))
        );

    private static string LoggedName(JsonElement node, string label) =>
        node.Text("kind") switch
        {
            "dataset" => $"{node.Text("label")} ({node.Text("properties.digest")}{Words.After(", ", label)})",
            "logged-model" => $"{node.Text("label")} ({node.Text("id")})",
            _ => node.Text("id") + Deleted(node),
        };

    private static string Title(JsonElement run, LineageSteps steps) =>
        run.Text("label") is { } label
            ? $"{label} (trigger: {run.Text("properties.trigger")})"
            : steps.Steps[0].Text("properties.pipeline") ?? "run";

    private static IEnumerable<(string Name, string Value)> Facts(LineageGraph graph, LineageSteps steps)
    {
        foreach (var made in Made(graph, steps))
        {
            yield return ("made", made);
        }

        if (graph.CauseOf(steps.Run) is { } cause)
        {
            yield return ("because", $"{EventOf(cause)} ({cause.Text("id")?.Replace(':', ' ')})");
        }

        foreach (var package in graph.Before(steps.Run, "package"))
        {
            var commit = graph.Before(package, "commit").FirstOrDefault();
            yield return (
                "commit",
                $"{Words.Digest(graph.Node(commit ?? "").Text("label"))}, package {Words.Digest(graph.Node(package).Text("label"))}"
            );
        }

        foreach (var data in Taken(graph, steps))
        {
            yield return ("data", data);
        }
    }

    private static string EventOf(JsonElement node) =>
        EventStory.Tell(
            JsonSerializer.SerializeToElement(
                new
                {
                    type = node.Text("label"),
                    subject = node.Text("properties.subject"),
                    data = node.At("properties.data"),
                }
            )
        );

    // The model versions that came of a run's steps.
    private static IEnumerable<string> Made(LineageGraph graph, LineageSteps steps) =>
        steps
            .Steps.SelectMany(step => graph.After(step.Text("id")!, "artifact"))
            .SelectMany(artifact => graph.After(artifact, "model-version"))
            .Distinct(StringComparer.Ordinal)
            .Select(version => version + Deleted(graph.Node(version)));

    // The dataset versions that a run's steps read.
    private static IEnumerable<string> Taken(LineageGraph graph, LineageSteps steps) =>
        steps
            .Steps.SelectMany(step => graph.Before(step.Text("id")!, "artifact"))
            .SelectMany(artifact => graph.Before(artifact, "dataset-version"))
            .Distinct(StringComparer.Ordinal)
            .Select(version => version + Deleted(graph.Node(version)));

    private static (string Made, string From) Sentence(LineageGraph graph, LineageSteps steps, JsonElement step)
    {
        var id = step.Text("id")!;
        var made = string.Join(", ", graph.After(id, "artifact").Select(artifact => NameOf(graph.Node(artifact))));
        var from = graph
            .Before(id, "artifact")
            .Select(artifact => SourceOf(graph, steps, artifact, id))
            .Distinct(StringComparer.Ordinal);
        var reused = graph.Before(id, "execution").Any() ? "reused: " : "";
        return (reused + made, Words.After("  ← ", string.Join(", ", from)));
    }

    // Where an input came from: a step of this run by its name, anything else by what it is.
    private static string SourceOf(LineageGraph graph, LineageSteps steps, string artifact, string step)
    {
        var makers = graph.Before(artifact, "execution").Where(maker => maker != step).Select(graph.Node).ToList();
        var own = makers.Where(maker => maker.Text("properties.run") == steps.Run).ToList();
        if (own.Count > 0)
        {
            return LabelOf(own.MinBy(maker => maker.Text("id"), StringComparer.Ordinal));
        }

        var node = graph.Node(artifact);
        var name = node.At("properties.names") is { ValueKind: JsonValueKind.Array } names
            ? names.EnumerateArray().Select(item => item.GetString()).FirstOrDefault()
            : null;
        return name ?? NameOf(node);
    }

    // The items of a for-each are one line.
    private static string LabelOf(JsonElement step) =>
        step.Text("label") + Words.After(" × ", step.Text("properties.count"));

    private static string Deleted(JsonElement name) =>
        Times.Short(name.At("properties.deletedAt")) is { } at
            ? $" (deleted {at} by {name.Text("properties.deletedBy")})"
            : "";

    private static string NameOf(JsonElement artifact)
    {
        if (artifact.Text("properties.count") is { } count)
        {
            return $"{count} × {Words.ArtifactType(artifact, "properties.type")}";
        }

        var digest = artifact.Text("properties.digest") ?? "";
        return $"{Words.ArtifactType(artifact, "properties.type")} {digest[..Math.Min(DigestLength, digest.Length)]}";
    }
}
