using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// An argument of a step: a constant, a parameter of the run, the item of a for-each or a member of it, or a fact of the run.
/// The first three convert to it.
/// </summary>
public readonly struct Argument<T>
{
    private readonly ArgumentSource? _source;
    private readonly T? _value;

    private Argument(T? value, ArgumentSource source) => (_value, _source) = (value, source);

    internal bool IsSet => _source is not null;

    internal ArgumentSource? Source => _source;

    /// <summary>A constant.</summary>
    public static implicit operator Argument<T>(T value) => new(value, ArgumentSource.Constant);

    /// <summary>A parameter of the run.</summary>
    public static implicit operator Argument<T>(Parameter<T> parameter) =>
        new(default, new() { Parameter = parameter.Name, Graph = parameter.Graph });

    /// <summary>The item of a for-each.</summary>
    public static implicit operator Argument<T>(Item<T> item) => Of(item.ForEach, null);

    /// <summary>This, or the default where nothing was given.</summary>
    public Argument<T> Or(T defaultValue) => IsSet ? this : new(defaultValue, ArgumentSource.Constant);

    internal static Argument<T> Of(StepNode forEach, string? path) =>
        new(
            default,
            new()
            {
                ForEach = forEach,
                Path = path,
                Graph = forEach.Graph,
            }
        );

    internal static Argument<T> OfRun(string fact, Graph graph, StepNode? handler = null) =>
        new(
            default,
            new()
            {
                Run = fact,
                Graph = graph,
                Handler = handler,
            }
        );

    internal ArgumentManifest ToManifest(string name) =>
        new(
            name,
            _source is null || _source.IsConstant ? JsonSerializer.SerializeToElement(_value, RondoJson.Options) : null,
            _source?.Parameter
        )
        {
            Item = _source?.ForEach?.Id,
            Path = _source?.Path,
            Run = _source?.Run,
        };
}

/// <summary>Where an argument comes from.</summary>
internal sealed record ArgumentSource
{
    public static readonly ArgumentSource Constant = new();

    public Graph? Graph { get; init; }

    public string? Parameter { get; init; }

    public StepNode? ForEach { get; init; }

    public string? Path { get; init; }

    public string? Run { get; init; }

    /// <summary>The exit handler in which alone the fact is known.</summary>
    public StepNode? Handler { get; init; }

    public bool IsConstant => Graph is null;
}
