using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>A parameter of a run, with a default: <c>g.Parameter("windowDays", 1461)</c>.</summary>
public sealed class Parameter<T>
{
    internal Parameter(string name, T defaultValue, Graph graph)
    {
        Name = name;
        Default = defaultValue;
        Graph = graph;
    }

    /// <summary>The name under which a run sets it.</summary>
    public string Name { get; }

    /// <summary>The value when a run does not set it.</summary>
    public T Default { get; }

    internal Graph Graph { get; }
}

/// <summary>A scalar argument of a step: a constant, or a parameter of the run. Both convert to it.</summary>
public readonly struct Argument<T>
{
    private Argument(T? value, Parameter<T>? parameter)
    {
        Value = value;
        Parameter = parameter;
        IsSet = true;
    }

    internal T? Value { get; }

    internal Parameter<T>? Parameter { get; }

    internal bool IsSet { get; }

    /// <summary>A constant.</summary>
    public static implicit operator Argument<T>(T value) => new(value, null);

    /// <summary>A parameter of the run.</summary>
    public static implicit operator Argument<T>(Parameter<T> parameter) => new(default, parameter);

    /// <summary>This, or the default where nothing was given.</summary>
    public Argument<T> Or(T defaultValue) => IsSet ? this : new(defaultValue, null);

    internal JsonElement? Json =>
        Parameter is null ? JsonSerializer.SerializeToElement(Value, RondoJson.Options) : null;
}
