using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Tracking;

namespace Rondo.Registry.Versions;

/// <summary>Writes a version of a pipeline down, with how its way began.</summary>
internal sealed class VersionWriter(ModelGovernance governance, EventLog log, TimeProvider time)
{
    /// <summary>Gives the proposal the next number, and appends <c>model.registered</c>.</summary>
    public async ValueTask<ModelVersion> WriteAsync(
        Transaction transaction,
        ModelKey key,
        (ModelOrigin Origin, ModelProposal Proposal) asked,
        ModelsBefore before
    )
    {
        var (origin, proposal) = asked;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await PipelineNames.TakeAsync(transaction, key, now, log, origin);
        var number = await NumberAsync(transaction, key, now);
        var version = new ModelVersion(
            ModelVersion.IdOf(key, number),
            key.Project,
            key.Environment,
            key.Model,
            number,
            proposal,
            origin,
            DateTimeOffset.FromUnixTimeMilliseconds(now)
        )
        {
            Before = before,
        };
        await InsertAsync(transaction, version);
        await BeginAsync(transaction, version);
        var data = new ModelRegisteredEvent(key.Model, key.Environment, number, origin.RunId, proposal.Artifact);
        await log.AppendAsync(
            transaction,
            new NewEvent(ModelRegisteredEvent.Type, key.Project, version.Id, origin.Actor, data, origin.Cause)
        );
        return version;
    }

    private static async ValueTask<long> NumberAsync(Transaction transaction, ModelKey key, long now)
    {
        return await transaction.ScalarAsync<long>(
            """
            insert into registry_model (project, environment, model, newest, name, created_at, updated_at)
            values (@Project, @Environment, @Model, 1, @name, @now, @now)
            on conflict (project, environment, model) do update set newest = registry_model.newest + 1, updated_at = @now
            returning newest
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                name = ClientModels.NameOf(key),
                now,
            }
        );
    }

    private static async ValueTask InsertAsync(Transaction transaction, ModelVersion version) =>
        await transaction.ExecuteAsync(
            """
            insert into registry_version
                (id, project, environment, model, version, run_id, proposal, baseline, origin, created_at, artifact_digest,
                 proposal_digest, previous, serving)
            values
                (@Id, @Project, @Environment, @Model, @Version, @RunId, @proposal, @baseline, @origin, @now, @artifact,
                 @ProposalDigest, @Registered, @Serving)
            """,
            new
            {
                version.Id,
                version.Project,
                version.Environment,
                version.Model,
                version.Version,
                version.Origin.RunId,
                proposal = StoredProposal.Of(version.Proposal).ToJson(),
                baseline = Json.Write(version.Proposal.Baseline),
                origin = Json.Write(version.Origin),
                now = version.CreatedAt.ToUnixTimeMilliseconds(),
                artifact = version.Proposal.Artifact.Digest,
                version.Origin.ProposalDigest,
                version.Before.Registered,
                version.Before.Serving,
            }
        );

    // Its gate has let it through: that is its approval where nobody else is to look, and the verdict the evidence.
    private async ValueTask BeginAsync(Transaction transaction, ModelVersion version)
    {
        var key = new ModelKey(version.Project, version.Environment, version.Model);
        var state = version.Proposal.NeedsApproval ? VersionState.Pending : VersionState.Approved;
        var source = "rondo:/" + version.Id;
        await transaction.ExecuteAsync(
            """
            insert into registry_entry
                (id, project, environment, model, version, name, state, source, storage, files, run_id, user_id, created_at,
                 updated_at)
            values (@Id, @Project, @Environment, @Model, @Version, @name, @state, @source, @source, @files, @run, @by, @at, @at)
            """,
            new
            {
                version.Id,
                version.Project,
                version.Environment,
                version.Model,
                version.Version,
                name = ClientModels.NameOf(key),
                state,
                source,
                files = FilesAddress.Of(source),
                run = PlatformRuns.IdOf(version.Origin.RunId),
                by = version.Origin.Actor.Name,
                at = version.CreatedAt.ToUnixTimeMilliseconds(),
            }
        );
        await governance.BeginAsync(
            transaction,
            new VersionMove(key, version.Version, state, version.Origin.Actor, "its gate let it through")
            {
                Evidence = JsonSerializer.SerializeToElement(version.Proposal.Verdict, RondoJson.Options),
                Cause = version.Origin.Cause,
            }
        );
    }
}
