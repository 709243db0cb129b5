using System.ComponentModel;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// The graph of one pipeline while it is declared. Steps are added by the methods that the generator writes; nothing runs
/// here.
/// </summary>
public sealed class Graph
{
    internal const int NodesMax = 10_000;

    private readonly List<StepNode> _nodes = [];
    private readonly List<ParameterManifest> _parameters = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _registered = [];

    internal Graph(string pipeline) => Pipeline = pipeline;

    /// <summary>The pipeline's name.</summary>
    public string Pipeline { get; }

    internal IReadOnlyList<StepNode> Nodes => _nodes;

    internal IReadOnlyList<ParameterManifest> Parameters => _parameters;

    /// <summary>The models that this pipeline proposes to the registry.</summary>
    internal IReadOnlyList<string> Registered => _registered;

    /// <summary>Declares a parameter of a run: int, long, double, bool or string.</summary>
    public Parameter<T> Parameter<T>(string name, T defaultValue)
    {
        Names.Identifier(name, $"a parameter of pipeline '{Pipeline}'");
        if (_parameters.Any(parameter => parameter.Name == name))
        {
            throw Invalid($"parameter '{name}' is declared twice", "Give each parameter its own name");
        }
        var type = defaultValue switch
        {
            int or long => "integer",
            float or double => "number",
            bool => "boolean",
            string => "text",
            _ => throw Invalid(
                $"parameter '{name}' has the default '{defaultValue}' of type {typeof(T).Name}",
                "Use int, long, double, bool or string"
            ),
        };
        _parameters.Add(new(name, type, JsonSerializer.SerializeToElement(defaultValue, RondoJson.Options)));
        return new Parameter<T>(name, defaultValue, this);
    }

    /// <summary>
    /// The model version that serves <paramref name="model"/> when the run is created; in the first run there is none. Use
    /// <see cref="MaybeRef.IfAny"/> to add nodes that need one.
    /// </summary>
    public Ref<Model?> Serving(string model)
    {
        Names.Checked(model, "a model");
        var node =
            _nodes.Find(node => node.Kind == NodeKind.ServingModel && node.Source == model)
            ?? AddResolved(NodeKind.ServingModel, "serving-" + model, model);
        return node.OutputPorts.Count == 0
            ? node.Output("value", Sdk.Artifacts.Model, allowNone: true).OrNone()
            : new Ref<Model>(node, "value").OrNone();
    }

    /// <summary>The newest version of a dataset when the run is created: its files, not yet read.</summary>
    public Ref<DatasetVersionContent> Version(IDataset dataset)
    {
        var node =
            _nodes.Find(node => node.Kind == NodeKind.Dataset && node.Source == dataset.Name)
            ?? AddResolved(NodeKind.Dataset, dataset.Name, dataset.Name);
        return node.OutputPorts.Count == 0
            ? node.Output("value", Sdk.Artifacts.DatasetVersion)
            : new Ref<DatasetVersionContent>(node, "value");
    }

    /// <summary>For generated code: adds a step.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public StepNode AddStep(StepCode code)
    {
        var node = Add(
            new StepNode(this, Claim(Names.Kebab(code.Method), null), NodeKind.Step, code.FullName)
            {
                CodeTypes = code.Types,
                Cache = code.Cache,
                MaxAttempts = Names.InRange(code.MaxAttempts, 1, 100, $"The attempts of step '{code.Name}'"),
            }
        );
        if (code.TimeoutSeconds > 0)
        {
            node.TimeoutMs = code.TimeoutSeconds * 1000L;
        }
        return node;
    }

    internal StepNode AddCommand(string name) =>
        Add(new StepNode(this, Claim(Names.Kebab(name), null), NodeKind.Step, NodeManifest.CommandStep));

    internal void Registers(string model) => _registered.Add(Names.Checked(model, "a model"));

    /// <summary>A free id: the same step added twice gets the suffix -2, and so on.</summary>
    internal string Claim(string id, string? instead)
    {
        if (instead is not null)
        {
            _ids.Remove(instead);
            if (_ids.Contains(id))
            {
                throw Invalid($"node '{id}' is named twice", "Give each node its own name");
            }
        }
        var free = id;
        for (var number = 2; !_ids.Add(free); number++)
        {
            free = $"{id}-{number}";
        }
        return free;
    }

    internal RondoException Invalid(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"In pipeline '{Pipeline}', {what}.", mend + ".");

    private StepNode AddResolved(NodeKind kind, string id, string source) =>
        Add(
            new StepNode(this, Claim(id, null), kind, kind == NodeKind.Dataset ? "dataset" : "serving-model")
            {
                Source = source,
            }
        );

    private StepNode Add(StepNode node)
    {
        if (_nodes.Count >= NodesMax)
        {
            throw Invalid($"there are more than {NodesMax} nodes", "Split the pipeline");
        }
        _nodes.Add(node);
        return node;
    }
}
