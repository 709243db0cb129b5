using Rondo.Sdk.Wire;

namespace Rondo.Registry;

/// <summary>One registered version with everything known of it. Its id is <c>project/environment/model/version</c>.</summary>
public sealed record ModelVersion(
    string Id,
    string Project,
    string Environment,
    string Model,
    long Version,
    ModelProposal Proposal,
    ModelOrigin Origin,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The versions that were there when it was proposed.</summary>
    public ModelsBefore Before { get; init; } = new(null, null);

    /// <summary>Where it stood on its way when it was read: pending, approved, production, rejected, archived.</summary>
    public string State { get; init; } = "";

    /// <summary>When it was deleted; null where it was not. A deleted version is known, and cannot be used any more.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Who deleted it.</summary>
    public string? DeletedBy { get; init; }

    /// <summary>The id of a version.</summary>
    public static string IdOf(ModelKey key, long version) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{key.Project}/{key.Environment}/{key.Model}/{version}"
        );
}

/// <summary>
/// What to go back to, and what to compare with: the version that was registered last when another was proposed, and the one that had the
/// alias <see cref="ModelAliases.Serving"/>.
/// </summary>
public sealed record ModelsBefore(long? Registered, long? Serving);
