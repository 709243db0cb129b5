using Rondo.Data;
using Rondo.Kernel;

namespace Rondo.Registry.Versions;

internal sealed record VersionRow
{
    public const string Columns =
        "id, project, environment, model, version, proposal, origin, created_at, deleted_at, deleted_by, previous, serving,"
        + " (select e.state from registry_entry e where e.id = registry_version.id) as state";

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public long Version { get; init; }
    public string Proposal { get; init; } = "";
    public string Baseline { get; init; } = "";
    public string Origin { get; init; } = "";
    public long CreatedAt { get; init; }
    public long? DeletedAt { get; init; }
    public string? DeletedBy { get; init; }
    public long? Previous { get; init; }
    public long? Serving { get; init; }
    public string State { get; init; } = "";

    public string ArtifactDigest => StoredProposal.Parse(Proposal).Artifact.Digest;

    public string ProposalDigest => Json.Read<ModelOrigin>(Origin).ProposalDigest;

    public ModelVersion ToVersion() =>
        new(
            Id,
            Project,
            Environment,
            Model,
            Version,
            StoredProposal.Parse(Proposal).With(Json.Read<ReferenceProfile>(Baseline)),
            Json.Read<ModelOrigin>(Origin),
            UnixTime.At(CreatedAt)
        )
        {
            Before = new ModelsBefore(Previous, Serving),
            DeletedAt = Time(DeletedAt),
            DeletedBy = DeletedBy,
            State = State,
        };

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
            UnixTime.At(CreatedAt)
        )
        {
            Before = new ModelsBefore(Previous, Serving),
            DeletedAt = Time(DeletedAt),
            DeletedBy = DeletedBy,
            State = State,
            Conversion = proposal.Conversion,
        };
    }

    private static DateTimeOffset? Time(long? ms) => ms is { } at ? UnixTime.At(at) : null;
}

internal sealed record RejectionRow
{
    public const string Columns =
        "run_id, project, environment, model, proposal, origin, created_at, previous, serving";

    public string RunId { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public string Proposal { get; init; } = "";
    public string Origin { get; init; } = "";
    public long CreatedAt { get; init; }
    public long? Previous { get; init; }
    public long? Serving { get; init; }

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
            UnixTime.At(CreatedAt)
        )
        {
            TrainMetrics = proposal.TrainMetrics,
            Artifact = proposal.Artifact,
            Before = new ModelsBefore(Previous, Serving),
        };
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
