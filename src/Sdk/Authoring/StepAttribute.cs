using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Marks a static method as a step. The generator adds a method of the same name to <see cref="Graph"/>: artifacts (tables,
/// models, files, records) become inputs, scalars (int, long, float, double, bool, string, DateOnly, enums) become arguments, and the
/// return value, or each named element of a returned tuple, becomes an output: an artifact, a scalar, or a list of scalars or records. A
/// method that returns nothing is a step without outputs, which never reuses an earlier attempt. An optional
/// <see cref="StepContext"/> gives seed, threads, log, metrics and a work folder. What is set here holds wherever the step is used, unless
/// the graph says otherwise (<see cref="NodeSettings"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StepAttribute : Attribute
{
    /// <summary>Whether the outputs of an equal earlier attempt may be used again. Default: true.</summary>
    public bool Cache { get; init; } = true;

    /// <summary>For how many seconds outputs may be used again. 0: without end.</summary>
    public long CacheSeconds { get; init; }

    /// <summary>A word that is part of the cache key.</summary>
    public string? Salt { get; init; }

    /// <summary>The seed of the step's random numbers; where it is not set, that of the run.</summary>
    public int Seed { get; init; }

    /// <summary>How often a failing step is tried, at most. Default: 1. See also <see cref="RetryAttribute"/>.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>How long one attempt may take, in seconds. 0: the default of one hour.</summary>
    public int TimeoutSeconds { get; init; }

    /// <summary>Cores that an attempt needs.</summary>
    public double Cpu { get; init; }

    /// <summary>Memory that an attempt needs, and may not exceed, in units of 1024 × 1024 bytes.</summary>
    public int MemoryMegabytes { get; init; }

    /// <summary>The kind of accelerator that an attempt needs, for example <c>gpu</c>.</summary>
    public string? Accelerator { get; init; }

    /// <summary>How many accelerators; where it is not set, one if a kind is named.</summary>
    public int Accelerators { get; init; }

    /// <summary>How many processes an attempt may have at once, itself included. 0: any number.</summary>
    public int Processes { get; init; }

    /// <summary>The pool whose slots attempts take; the project declares it: <c>app.Pool("gpu", slots: 1)</c>.</summary>
    public string? Pool { get; init; }

    /// <summary>Whether each attempt has a process of its own.</summary>
    public bool Isolated { get; init; }
}

/// <summary>
/// Says that failures of a class are tried again. Rules of the graph come first, then these in their order; the first that fits holds.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RetryAttribute : Attribute
{
    /// <summary>Failures by an exception of this type.</summary>
    public RetryAttribute(Type exception) => On = exception.FullName!;

    /// <summary>Failures of a class: a constant of <see cref="FailureClasses"/>, <c>exit:3</c>, or the name of an exception's type.</summary>
    public RetryAttribute(string failure) => On = failure;

    /// <summary>The class.</summary>
    public string On { get; }

    /// <summary>Attempts in all. Default: 3, or any number where <see cref="WithinSeconds"/> is set.</summary>
    public int Attempts { get; init; }

    /// <summary>Seconds before the next attempt.</summary>
    public double EverySeconds { get; init; }

    /// <summary>By how much the time grows from one attempt to the next.</summary>
    public double BackOff { get; init; } = 1;

    /// <summary>Seconds after the first attempt began in which a next one may begin. 0: any number.</summary>
    public double WithinSeconds { get; init; }
}

/// <summary>Sets an environment variable of a step's attempts. It counts as an input.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EnvironmentAttribute(string name, string value) : Attribute
{
    /// <summary>The variable.</summary>
    public string Name { get; } = name;

    /// <summary>Its value.</summary>
    public string Value { get; } = value;
}

/// <summary>Gives a step's attempts a secret as an environment variable.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SecretAttribute(string variable, string secretName) : Attribute
{
    /// <summary>The variable.</summary>
    public string Variable { get; } = variable;

    /// <summary>The secret's name in the project.</summary>
    public string SecretName { get; } = secretName;
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
