namespace Rondo.Sdk;

/// <summary>
/// Marks a static method as a step. The generator adds a method of the same name to <see cref="Graph"/>: artifacts (tables,
/// models, files, records) become inputs, scalars (int, long, float, double, bool, string, enums) become arguments, and the
/// return value, or each named element of a returned tuple, becomes an output. An optional <see cref="StepContext"/> gives
/// seed, threads, log, metrics and a work folder.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StepAttribute : Attribute
{
    /// <summary>Whether the outputs of an equal earlier attempt may be used again. Default: true.</summary>
    public bool Cache { get; init; } = true;

    /// <summary>How often a failing step is tried, at most. Default: 1.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>How long one attempt may take, in seconds. 0: the default of one hour.</summary>
    public int TimeoutSeconds { get; init; }
}

/// <summary>Makes a parameter of a step a constant argument, whatever its type: it is stored as JSON in the manifest.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ArgumentAttribute : Attribute;
