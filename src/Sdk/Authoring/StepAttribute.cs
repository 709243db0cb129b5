namespace Rondo.Sdk;

/// <summary>
/// Marks a static method as a step. The generator adds a method of the same name to <see cref="Graph"/>: artifacts (tables,
/// models, files, records) become inputs, scalars (int, long, float, double, bool, string, DateOnly, enums) become arguments, and the
/// return value, or each named element of a returned tuple, becomes an output: an artifact, a scalar, or a list of scalars or records. A
/// method that returns nothing is a step without outputs, which never reuses an earlier attempt. An optional
/// <see cref="StepContext"/> gives seed, threads, log, metrics and a work folder.
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

/// <summary>
/// Makes a parameter of a step an argument, whatever its type: a constant, which is stored as JSON in the manifest, or the item of a
/// for-each. Scalars and lists of scalars are arguments without it.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ArgumentAttribute : Attribute;

/// <summary>
/// Makes a scalar parameter of a step, or a list of scalars, an input: an artifact that another step makes. Tables, models, files and
/// records are inputs without it.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InputAttribute : Attribute;
