using Rondo.Data;

namespace Rondo.Registry.Versions;

internal sealed record VersionRow
{
    public const string Columns = "id, project, environment, model, version, proposal, origin, created_at";

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public long Version { get; init; }
    public string Proposal { get; init; } = "";
    public string Baseline { get; init; } = "";
    public string Origin { get; init; } = "";
    public long CreatedAt { get; init; }

    public ModelVersion ToVersion() =>
        new(
            Id,
            Project,
            Environment,
            Model,
            Version,
            StoredProposal.Parse(Proposal).With(Json.Read<ReferenceProfile>(Baseline)),
            Json.Read<ModelOrigin>(Origin),
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt)
        );

    public ModelVersionSummary ToSummary(IReadOnlyList<string> aliases)
    {
        var proposal = StoredProposal.Parse(Proposal);
        return new ModelVersionSummary(
            Id,
            Project,
            Environment,
            Model,
            Version,
            proposal.Description.Algorithm,
            aliases,
            proposal.Artifact,
            proposal.TrainMetrics,
            proposal.TestMetrics,
            proposal.Verdict,
            proposal.DataFrom,
            proposal.DataTo,
            Json.Read<ModelOrigin>(Origin),
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt)
        );
    }
}

internal sealed record RejectionRow
{
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public string Proposal { get; init; } = "";
    public string Origin { get; init; } = "";
    public long CreatedAt { get; init; }

    public ModelRejection ToRejection()
    {
        var proposal = StoredProposal.Parse(Proposal);
        return new ModelRejection(
            Project,
            Environment,
            Model,
            proposal.Description.Algorithm,
            proposal.TestMetrics,
            proposal.Verdict,
            Json.Read<ModelOrigin>(Origin),
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt)
        );
    }
}

internal sealed record AliasRow
{
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public string Alias { get; init; } = "";
    public long Version { get; init; }
}
