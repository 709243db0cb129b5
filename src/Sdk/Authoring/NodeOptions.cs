using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What an author says about how a node runs, besides what it takes and makes.</summary>
internal sealed record NodeOptions
{
    /// <summary>Which failures are tried again, as the graph says.</summary>
    public IReadOnlyList<RetryManifest> Retries { get; init; } = [];

    /// <summary>The same, as the step's attributes say.</summary>
    public IReadOnlyList<RetryManifest> StepRetries { get; init; } = [];

    public ResourcesManifest? Resources { get; init; }

    public string? Pool { get; init; }

    public long? CacheExpiryMs { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Secrets { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public bool Isolated { get; init; }

    public int? Seed { get; init; }

    public string? Salt { get; init; }
}
