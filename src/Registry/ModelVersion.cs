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
    /// <summary>The id of a version.</summary>
    public static string IdOf(ModelKey key, long version) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{key.Project}/{key.Environment}/{key.Model}/{version}"
        );
}
