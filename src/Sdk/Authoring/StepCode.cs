using System.ComponentModel;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The code of a step as the generator knows it. Not for use by hand.</summary>
/// <param name="Name">The method with the type that holds it.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Types">The types whose assemblies are the step's code, type arguments last.</param>
/// <param name="TypeArguments">How many of them are type arguments.</param>
/// <param name="Cache">Whether outputs may be used again.</param>
/// <param name="MaxAttempts">Attempts in all.</param>
/// <param name="TimeoutSeconds">Limit of one attempt, or 0.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record StepCode(
    string Name,
    string Method,
    IReadOnlyList<Type> Types,
    int TypeArguments,
    bool Cache,
    int MaxAttempts,
    int TimeoutSeconds
)
{
    /// <summary>How long outputs may be used again, or 0.</summary>
    public long CacheSeconds { get; init; }

    /// <summary>A word of the cache key.</summary>
    public string? Salt { get; init; }

    /// <summary>The seed, or null.</summary>
    public int? Seed { get; init; }

    /// <summary>What an attempt needs, or null.</summary>
    public ResourcesManifest? Resources { get; init; }

    /// <summary>The pool, or null.</summary>
    public string? Pool { get; init; }

    /// <summary>Whether an attempt has its own process.</summary>
    public bool Isolated { get; init; }

    /// <summary>Which failures are tried again.</summary>
    public IReadOnlyList<RetryAttribute> Retries { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public IReadOnlyList<EnvironmentAttribute> Environment { get; init; } = [];

    /// <summary>Secrets.</summary>
    public IReadOnlyList<SecretAttribute> Secrets { get; init; } = [];

    internal string FullName =>
        TypeArguments == 0
            ? Name
            : $"{Name}<{string.Join(",", Types.Skip(Types.Count - TypeArguments).Select(type => type.FullName))}>";
}

/// <summary>What the attributes of a step say about each node of it.</summary>
internal static class StepCodes
{
    public static void Apply(StepCode code, StepNode node)
    {
        var step = new NodeRef(node);
        step.Attempts(code.MaxAttempts);
        if (code.TimeoutSeconds != 0)
        {
            step.Timeout(TimeSpan.FromSeconds(code.TimeoutSeconds));
        }
        if (code.CacheSeconds != 0)
        {
            step.CacheFor(TimeSpan.FromSeconds(code.CacheSeconds));
        }
        if (code.Resources is { } needs)
        {
            step.Resources(needs.Cpu, needs.MemoryBytes, needs.Accelerator, needs.Accelerators);
            if (needs.ProcessesMax != 0)
            {
                step.Processes(needs.ProcessesMax);
            }
        }
        foreach (var variable in code.Environment)
        {
            step.Environment(variable.Name, variable.Value);
        }
        foreach (var secret in code.Secrets)
        {
            step.Secret(secret.Variable, secret.SecretName);
        }
        node.Options = node.Options with
        {
            Salt = code.Salt,
            Seed = code.Seed,
            Pool = code.Pool,
            Isolated = code.Isolated,
            StepRetries = [.. code.Retries.Select(Rule)],
        };
    }

    private static RetryManifest Rule(RetryAttribute retry) =>
        Retry
            .OnFailure(
                retry.On,
                retry.Attempts == 0 ? null : retry.Attempts,
                TimeSpan.FromSeconds(retry.EverySeconds),
                retry.BackOff,
                TimeSpan.FromSeconds(retry.WithinSeconds)
            )
            .Manifest;
}
