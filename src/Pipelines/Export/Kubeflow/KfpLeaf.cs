using Rondo.Pipelines.Export.Kubeflow.Ir;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>A component with an executor while it is built, and its one task: a container, or an importer.</summary>
internal sealed class KfpLeaf(string component, KfpDag dag, KfpTask task, KfpPlan plan)
{
    private readonly KfpNames _keys = new();
    private readonly Dictionary<KfpValue, string> _outputs = [];
    private readonly SortedDictionary<string, KfpPort> _ports = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, KfpAnswer> _answers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, KfpPort> _inputPorts = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly SortedDictionary<string, KfpArgument> _arguments = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ParameterManifest> _limits = new(StringComparer.Ordinal);

    public string Component => component;

    public string Executor => "exec-" + component["comp-".Length..];

    public KfpDag Dag => dag;

    public KfpTask Task => task;

    public IrMap<IrArtifact> InputArtifacts { get; } = [];

    public IrMap<IrParameter> InputParameters { get; } = [];

    public IrMap<IrArtifact> OutputArtifacts { get; } = [];

    public IrMap<IrParameter> OutputParameters { get; } = [];

    /// <summary>The node whose resources and variables the container has; null: none.</summary>
    public NodeManifest? Node { get; init; }

    /// <summary>Set where it is an importer: the key of the parameter with the address.</summary>
    public string? Imports { get; set; }

    /// <summary>The plan with all that was added.</summary>
    public KfpPlan Plan =>
        plan with
        {
            Inputs = _inputPorts.Count == 0 ? null : _inputPorts,
            Outputs = _ports.Count == 0 ? null : _ports,
            Arguments = _arguments.Count == 0 ? null : _arguments,
            Answers = _answers.Count == 0 ? null : _answers,
            Limits = _limits.Count == 0 ? null : _limits,
            Metrics = Metrics,
            Order = plan.Kind == KfpPlanKinds.First ? _order : null,
        };

    public string? Metrics { get; private set; }

    /// <summary>A key for an input that is not used yet.</summary>
    public string ClaimKey(string name) => _keys.Claim(KfpNames.Key(name));

    public void TakeArtifact(string port, string type, KfpSource source)
    {
        var key = ClaimKey(port);
        _inputPorts.Add(key, new KfpPort(port, type, source.IsList));
        _order.Add(port);
        InputArtifacts.Add(key, new IrArtifact(KfpTypes.Of(type), source.IsList ? true : null));
        task.Take(key, source);
    }

    public string TakeParameter(string name, IrParameter parameter, KfpSource source)
    {
        var key = ClaimKey(name);
        InputParameters.Add(key, parameter);
        task.TakeParameter(key, source);
        return key;
    }

    public string TakeConstant(string name, IrParameter parameter, System.Text.Json.JsonElement value)
    {
        var key = ClaimKey(name);
        InputParameters.Add(key, parameter);
        task.Parameters.Add(key, new() { RuntimeValue = new(value) });
        return key;
    }

    public void Argument(string name, KfpArgument argument) => _arguments.Add(name, argument);

    public void Limit(string key, ParameterManifest parameter) => _limits[key] = parameter;

    /// <summary>The key of an output artifact; it is declared when it is first asked for. It may stand for a whole list.</summary>
    public string Output(KfpValue value, string type, bool isList = false)
    {
        if (!_outputs.TryGetValue(value, out var key))
        {
            key = ClaimKey(value.Port);
            _outputs.Add(value, key);
            _ports.Add(key, new KfpPort(value.Port, type, isList));
            OutputArtifacts.Add(key, new IrArtifact(KfpTypes.Of(type)));
        }

        return key;
    }

    /// <summary>The key of an output parameter that answers a question about an output.</summary>
    public string Answer(KfpValue value, KfpAnswer answer, string name)
    {
        if (!_outputs.TryGetValue(value, out var key))
        {
            key = ClaimKey(name);
            _outputs.Add(value, key);
            _answers.Add(key, answer);
            OutputParameters.Add(key, KfpTypes.Of(value));
        }

        return key;
    }

    public void AddMetrics()
    {
        Metrics = ClaimKey("metrics");
        OutputArtifacts.Add(Metrics, new IrArtifact(KfpTypes.Metrics));
    }

    public IrComponent ToIr() =>
        new(
            InputArtifacts.Count + InputParameters.Count == 0
                ? null
                : new(InputArtifacts.OrNull(), InputParameters.OrNull()),
            OutputArtifacts.Count + OutputParameters.Count == 0
                ? null
                : new(OutputArtifacts.OrNull(), OutputParameters.OrNull()),
            null,
            Executor
        );
}
