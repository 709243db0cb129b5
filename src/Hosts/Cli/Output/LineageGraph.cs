using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>A lineage answer, indexed so that questions about one run or one step are short.</summary>
internal sealed class LineageGraph
{
    // What only passes a cause on is not what a person asks for.
    private static readonly HashSet<string> s_between = new(StringComparer.Ordinal)
    {
        "run.created",
        "trigger.fired",
        "monitor.evaluated",
    };

    private readonly Dictionary<string, JsonElement> _nodes;
    private readonly IReadOnlyList<(string From, string To, string Label)> _labels;
    private readonly ILookup<string, string> _before;
    private readonly ILookup<string, string> _after;

    public LineageGraph(JsonElement lineage)
    {
        Root = lineage.Text("root") ?? "";
        Down = lineage.Text("direction") == "down";
        Cut = lineage.Text("cut");
        _nodes = (lineage.At("nodes")?.EnumerateArray() ?? default).ToDictionary(
            node => node.Text("id")!,
            StringComparer.Ordinal
        );
        _labels =
        [
            .. (lineage.At("edges")?.EnumerateArray() ?? default).Select(edge =>
                (edge.Text("from")!, edge.Text("to")!, edge.Text("label") ?? "")
            ),
        ];
        var edges = _labels.Select(edge => (edge.From, edge.To)).Distinct().ToList();
        _before = edges.ToLookup(edge => edge.To, edge => edge.From, StringComparer.Ordinal);
        _after = edges.ToLookup(edge => edge.From, edge => edge.To, StringComparer.Ordinal);
        Runs =
        [
            .. _nodes
                .Values.Where(node => node.Text("kind") == "execution")
                .GroupBy(node => node.Text("properties.run") ?? "", StringComparer.Ordinal)
                .Select(group => new LineageSteps(group.Key, Ordered(group)))
                .OrderBy(steps => Down ? steps.Run : "", StringComparer.Ordinal)
                .ThenByDescending(steps => Down ? "" : steps.Run, StringComparer.Ordinal),
        ];
    }

    public string Root { get; }

    /// <summary>Whether it shows what was made of the root.</summary>
    public bool Down { get; }

    /// <summary>Where the walk ended because it was too long; null where everything is there.</summary>
    public string? Cut { get; }

    /// <summary>Endpoints, with the versions that answer or answered there, and their state.</summary>
    public IEnumerable<(string Endpoint, string Version, string State)> Endpoints =>
        _labels
            .Where(edge => Node(edge.To).Text("kind") == "endpoint")
            .Select(edge => (Node(edge.To).Text("label")!, edge.From, edge.Label));

    /// <summary>The runs with their steps; those nearest to the root come first.</summary>
    public IReadOnlyList<LineageSteps> Runs { get; }

    /// <summary>The runs that clients have logged, in the order of the walk: those nearest to the root come first.</summary>
    public IEnumerable<JsonElement> Logged =>
        _nodes.Values.Where(node => node.Text("kind") == "run" && node.Text("properties.experiment") is not null);

    /// <summary>The versions of models.</summary>
    public IEnumerable<string> ModelVersions => Of(_nodes.Keys, "model-version");

    /// <summary>What flowed into a node, with what the links are called.</summary>
    public IEnumerable<(JsonElement Node, string Label)> LinksTo(string id) =>
        _labels.Where(edge => edge.To == id).Select(edge => (Node(edge.From), edge.Label));

    /// <summary>What a node flowed into, with what the links are called.</summary>
    public IEnumerable<(JsonElement Node, string Label)> LinksFrom(string id) =>
        _labels.Where(edge => edge.From == id).Select(edge => (Node(edge.To), edge.Label));

    public JsonElement Node(string id) => _nodes.GetValueOrDefault(id);

    /// <summary>What flowed into a node, of one kind or of all.</summary>
    public IEnumerable<string> Before(string id, string? kind = null) => Of(_before[id], kind);

    /// <summary>What a node flowed into, of one kind or of all.</summary>
    public IEnumerable<string> After(string id, string? kind = null) => Of(_after[id], kind);

    /// <summary>The event that a run goes back to: not those that only passed the cause on.</summary>
    public JsonElement? CauseOf(string run)
    {
        JsonElement? nearest = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = Before(run, "event").FirstOrDefault(); at is not null && seen.Add(at); )
        {
            var e = Node(at);
            if (!s_between.Contains(e.Text("label") ?? ""))
            {
                return e;
            }

            nearest = e.Text("label") == "run.created" ? nearest : nearest ?? e;
            at = Before(at, "event").FirstOrDefault();
        }

        return nearest;
    }

    private IEnumerable<string> Of(IEnumerable<string> ids, string? kind) =>
        ids.Where(id => kind is null || Node(id).Text("kind") == kind);

    private List<JsonElement> Ordered(IEnumerable<JsonElement> steps)
    {
        var forward = steps
            .OrderBy(step => step.Number("properties.startedAt") ?? 0)
            .ThenBy(step => step.Text("id"), StringComparer.Ordinal)
            .ToList();
        if (!Down)
        {
            forward.Reverse();
        }

        return forward;
    }
}

/// <summary>The steps of one run that belong to a lineage, in the direction in which it is read.</summary>
internal sealed record LineageSteps(string Run, IReadOnlyList<JsonElement> Steps);
