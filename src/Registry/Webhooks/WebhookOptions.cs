namespace Rondo.Registry.Webhooks;

/// <summary>How webhooks are told.</summary>
public sealed record WebhookOptions
{
    /// <summary>Whether addresses of this network, and addresses without encryption, may be told. A client could reach into the network by them.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after a first failure; each further one doubles it.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how many failures it is given up.</summary>
    public int FailuresMax { get; init; } = 8;

    /// <summary>Reads <c>RONDO_WEBHOOKS_ALLOW_PRIVATE=true</c>.</summary>
    public static WebhookOptions FromEnvironment(Func<string, string?> variable) =>
        new()
        {
            AllowPrivate = string.Equals(
                variable("RONDO_WEBHOOKS_ALLOW_PRIVATE"),
                "true",
                StringComparison.OrdinalIgnoreCase
            ),
        };
}
