using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;
using Rondo.Registry.Versions;
using Rondo.Sdk.Wire;

namespace Rondo.Registry;

/// <summary>The models of this server: what passed its gate, what did not, and which version each alias means.</summary>
public sealed class ModelRegistry(Database database, ModelGovernance governance, EventLog log, TimeProvider time)
{
    private const int ListMax = 1000;

    private readonly VersionWriter _writer = new(governance, log, time);

    /// <summary>
    /// Registers a proposal whose verdict passed and appends <c>model.registered</c>. A run that publishes twice gets the
    /// version that it registered first.
    /// </summary>
    public async ValueTask<ModelVersion> RegisterAsync(
        Transaction transaction,
        ModelOrigin origin,
        ModelProposal proposal
    )
    {
        if (!proposal.Verdict.Passed)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Run {origin.RunId} proposes a version of '{proposal.Model}' whose verdict did not pass.",
                "Record it as rejected."
            );
        }

        var key = new ModelKey(origin.Project, origin.Environment, proposal.Model);
        var known = await transaction.FirstAsync<VersionRow>(
            $"select {VersionRow.Columns}, baseline from registry_version where run_id = @RunId and model = @Model",
            new { origin.RunId, key.Model }
        );
        return known?.ToVersion()
            ?? await _writer.WriteAsync(transaction, key, (origin, proposal), await BeforeAsync(transaction, key));
    }

    /// <summary>Records a proposal that its gate did not let through and appends <c>model.rejected</c>; once per run and model.</summary>
    public async ValueTask RejectAsync(Transaction transaction, ModelOrigin origin, ModelProposal proposal)
    {
        var key = new ModelKey(origin.Project, origin.Environment, proposal.Model);
        var before = await BeforeAsync(transaction, key);
        var made = await transaction.ExecuteAsync(
            """
            insert into registry_rejection (run_id, project, environment, model, proposal, origin, created_at, previous, serving)
            values (@RunId, @Project, @Environment, @Model, @proposal, @origin, @at, @Registered, @Serving)
            on conflict do nothing
            """,
            new
            {
                origin.RunId,
                key.Project,
                key.Environment,
                key.Model,
                proposal = StoredProposal.Of(proposal).ToJson(),
                origin = Json.Write(origin),
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                before.Registered,
                before.Serving,
            }
        );
        if (made > 0)
        {
            var data = new ModelRejectedEvent(key.Model, key.Environment, origin.RunId, proposal.Verdict);
            await log.AppendAsync(
                transaction,
                new NewEvent(ModelRejectedEvent.Type, key.Project, key.ToString(), origin.Actor, data, origin.Cause)
            );
        }
    }

    /// <summary>A version by its number, to be used; null where there is none, or where it was deleted.</summary>
    public Task<ModelVersion?> FindAsync(string project, string environment, string model, long version) =>
        database.ReadAsync(session => FindAsync(session, new ModelKey(project, environment, model), version).AsTask());

    /// <summary>A version by its number, to be used, inside a transaction of the caller.</summary>
    public async ValueTask<ModelVersion?> FindAsync(Session session, ModelKey key, long version) =>
        await LookUpAsync(session, key, version) is { DeletedAt: null } found ? found : null;

    /// <summary>A version by its number, also one that was deleted.</summary>
    public Task<ModelVersion?> LookUpAsync(ModelKey key, long version) =>
        database.ReadAsync(session => LookUpAsync(session, key, version));

    /// <summary>A version by its number, to be used, or an error that says why there is none.</summary>
    public Task<ModelVersion> GetAsync(ModelKey key, long version) =>
        database.ReadAsync(async session =>
            await FindAsync(session, key, version) ?? throw await MissingAsync(session, key, version)
        );

    /// <summary>
    /// Takes a version for use in the caller's transaction: it cannot be deleted before that ends, and what the caller writes down holds it
    /// from then on. Fails where there is none, or where it was deleted.
    /// </summary>
    public async ValueTask RequireAsync(Transaction transaction, ModelKey key, long version)
    {
        var taken = await transaction.ExecuteAsync(
            "update registry_version set deleted_at = null where id = @id and deleted_at is null",
            new { id = ModelVersion.IdOf(key, version) }
        );
        if (taken == 0)
        {
            throw await MissingAsync(transaction, key, version);
        }
    }

    /// <summary>What a run has proposed: the versions that came of it.</summary>
    public Task<IReadOnlyList<ModelVersionSummary>> OfRunAsync(string runId) =>
        database.ReadAsync<IReadOnlyList<ModelVersionSummary>>(async session =>
            [
                .. (
                    await session.QueryAsync<VersionRow>(
                        $"select {VersionRow.Columns} from registry_version where run_id = @runId order by model limit @ListMax",
                        new { runId, ListMax }
                    )
                ).Select(row => row.ToSummary([])),
            ]
        );

    /// <summary>What a run has proposed, and its gate did not let through.</summary>
    public Task<IReadOnlyList<ModelRejection>> RejectionsOfRunAsync(string runId) =>
        database.ReadAsync<IReadOnlyList<ModelRejection>>(async session =>
            [
                .. (
                    await session.QueryAsync<RejectionRow>(
                        $"select {RejectionRow.Columns} from registry_rejection where run_id = @runId order by model limit @ListMax",
                        new { runId, ListMax }
                    )
                ).Select(row => row.ToRejection()),
            ]
        );

    /// <summary>The version that an alias points to; null where it points to none.</summary>
    public Task<ModelVersion?> FindByAliasAsync(string project, string environment, string model, string alias) =>
        database.ReadAsync(session =>
            FindByAliasAsync(session, new ModelKey(project, environment, model), alias).AsTask()
        );

    /// <summary>The version that an alias points to, inside a transaction of the caller.</summary>
    public async ValueTask<ModelVersion?> FindByAliasAsync(Session session, ModelKey key, string alias)
    {
        var version = await AliasRows.FindAsync(session, key, alias);
        return version is null ? null : await FindAsync(session, key, version.Value);
    }

    /// <summary>
    /// The version that an alias means in the caller's transaction. <see cref="ModelAliases.Latest"/> and <see cref="ModelAliases.Default"/> mean
    /// one as soon as there is one; null where another alias is not there.
    /// </summary>
    public async ValueTask<long?> ResolveAliasAsync(Session session, ModelKey key, string alias) =>
        alias switch
        {
            ModelAliases.Latest => await NewestAsync(session, key),
            ModelAliases.Default => await AliasRows.FindAsync(session, key, alias)
                ?? await AliasRows.FindAsync(session, key, ModelAliases.Serving)
                ?? await BestAsync(session, key)
                ?? await NewestAsync(session, key),
            _ => await AliasRows.FindAsync(session, key, alias),
        };

    /// <summary>The version that <see cref="ModelAliases.Default"/> means; null where there is none.</summary>
    public Task<long?> DefaultAsync(ModelKey key) =>
        database.ReadAsync(session => ResolveAliasAsync(session, key, ModelAliases.Default).AsTask());

    /// <summary>Removes an alias and appends <c>model.alias.removed</c>; false where nobody has given it, and nothing happens.</summary>
    public async ValueTask<bool> RemoveAliasAsync(Transaction transaction, ModelKey key, string alias, Actor actor)
    {
        if (await AliasRows.FindAsync(transaction, key, alias) is not { } from)
        {
            return false;
        }

        await AliasRows.RemoveAsync(transaction, log, key, (alias, from), actor);
        return true;
    }

    /// <summary>
    /// Holds a model until the end of the caller's transaction: whoever moves an alias after he has appended an event takes it before that, as others do who
    /// decide on versions, so that no two wait for each other.
    /// </summary>
    public static ValueTask LockAsync(Transaction transaction, ModelKey key) =>
        ModelLock.TakeAsync(transaction, ClientModels.NameOf(key));

    /// <summary>
    /// Lets an alias point to a version and appends <c>model.alias.moved</c>; nothing happens where it does already. Fails where
    /// <see cref="ModelAliases.Default"/> would mean a rejected version.
    /// </summary>
    public async ValueTask MoveAliasAsync(Transaction transaction, AliasMove move)
    {
        var key = move.Model;
        await RequireEntryAsync(transaction, key, move.Version);
        var from = await AliasRows.FindAsync(transaction, key, move.Alias);
        if (from == move.Version)
        {
            return;
        }

        if (move.Alias == ModelAliases.Default)
        {
            await RequireNotRejectedAsync(transaction, move);
        }

        await transaction.ExecuteAsync(
            """
            insert into registry_alias (project, environment, model, alias, version, moved_at, moved_by)
            values (@Project, @Environment, @Model, @Alias, @Version, @at, @by)
            on conflict (project, environment, model, alias) do update set version = @Version, moved_at = @at, moved_by = @by
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                move.Alias,
                move.Version,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                by = move.Actor.Name,
            }
        );
        // To clients it is a name like any other: their models are served elsewhere.
        if (move.Alias == ModelAliases.Serving && key.Project != ClientModels.Project)
        {
            await MoveProductionAsync(transaction, move, from);
        }

        var data = new ModelAliasMovedEvent(key.Model, key.Environment, move.Alias, from, move.Version);
        await log.AppendAsync(
            transaction,
            new NewEvent(ModelAliasMovedEvent.Type, key.Project, key.ToString(), move.Actor, data, move.Cause)
        );
    }

    // What serves is in production; what served before is approved still. What was rejected on its way stays so: its fallback is coming.
    private async ValueTask MoveProductionAsync(Transaction transaction, AliasMove move, long? from)
    {
        if (from is { } before)
        {
            if (await governance.StateAsync(transaction, move.Model, before) == VersionState.Production)
            {
                await governance.MoveAsync(
                    transaction,
                    new VersionMove(
                        move.Model,
                        before,
                        VersionState.Approved,
                        move.Actor,
                        $"version {move.Version} serves instead"
                    )
                    {
                        Cause = move.Cause,
                    }
                );
            }
        }

        if (await governance.StateAsync(transaction, move.Model, move.Version) == VersionState.Rejected)
        {
            return;
        }

        await governance.MoveAsync(
            transaction,
            new VersionMove(move.Model, move.Version, VersionState.Production, move.Actor, "it serves")
            {
                Cause = move.Cause,
                AllTheWay = true,
            }
        );
    }

    // Who asks for the default gets what may be served: a rejection ends the alias, so it cannot be given after one either.
    private async ValueTask RequireNotRejectedAsync(Transaction transaction, AliasMove move)
    {
        if (await governance.StateAsync(transaction, move.Model, move.Version) == VersionState.Rejected)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Version {move.Version} of '{move.Model}' was rejected: '{ModelAliases.Default}' cannot mean it.",
                $"Let it mean another version, or decide on this one again: rondo models reopen {move.Model.Model} {move.Version} --project {move.Model.Project} --reason \"…\"."
            );
        }
    }

    private async ValueTask RequireEntryAsync(Transaction transaction, ModelKey key, long version)
    {
        var taken = await transaction.ExecuteAsync(
            "update registry_entry set deleted_at = null where id = @id and deleted_at is null",
            new { id = ModelVersion.IdOf(key, version) }
        );
        if (taken == 0)
        {
            throw await MissingAsync(transaction, key, version);
        }
    }

    /// <summary>Why a version cannot be used: it was deleted, or never there.</summary>
    internal Task<RondoException> MissingAsync(ModelKey key, long version) =>
        database.ReadAsync(session => MissingAsync(session, key, version));

    /// <summary>Why a version cannot be used: it was deleted, or never there.</summary>
    internal static async Task<RondoException> MissingAsync(Session session, ModelKey key, long version)
    {
        var deletedBy = await session.ScalarAsync<string>(
            """
            select coalesce(deleted_by, (select v.deleted_by from registry_version v where v.id = @id), 'somebody')
            from registry_entry where id = @id and deleted_at is not null
            """,
            new { id = ModelVersion.IdOf(key, version) }
        );
        if (key.Project == ClientModels.Project && deletedBy is null && await IsThereAsync(session, key, version))
        {
            return new RondoException(
                ErrorCode.FailedPrecondition,
                $"Version {version} of '{key.Model}' is one of MLflow's clients: it is kept and described here, and not served.",
                "Serve a version that a pipeline has registered."
            );
        }

        return deletedBy is null
            ? new RondoException(
                ErrorCode.NotFound,
                $"Model '{key}' has no version {version}.",
                $"List what there is: rondo models show {key.Model} --project {key.Project}."
            )
            : new RondoException(
                ErrorCode.FailedPrecondition,
                $"Version {version} of model '{key}' was deleted by {deletedBy}.",
                $"List what there is: rondo models show {key.Model} --project {key.Project}."
            );
    }

    private static async ValueTask<bool> IsThereAsync(Session session, ModelKey key, long version) =>
        await session.ScalarAsync<long>(
            "select count(*) from registry_entry where id = @id and deleted_at is null",
            new { id = ModelVersion.IdOf(key, version) }
        ) > 0;

    private static async Task<ModelVersion?> LookUpAsync(Session session, ModelKey key, long version) =>
        (
            await session.FirstAsync<VersionRow>(
                $"select {VersionRow.Columns}, baseline from registry_version where id = @id",
                new { id = ModelVersion.IdOf(key, version) }
            )
        )?.ToVersion();

    private static async ValueTask<long?> NewestAsync(Session session, ModelKey key) =>
        await session.ScalarAsync<long?>(
            """
            select max(version) from registry_entry
            where project = @Project and environment = @Environment and model = @Model and deleted_at is null
            """,
            key
        );

    // In production (those of clients, which no endpoint serves), approved, not decided, and only then what was rejected or put away; of each the newest.
    private static async ValueTask<long?> BestAsync(Session session, ModelKey key) =>
        await session.ScalarAsync<long?>(
            """
            select version from registry_entry
            where project = @Project and environment = @Environment and model = @Model and deleted_at is null
            order by case state when 'production' then 0 when 'approved' then 1 when 'pending' then 2 else 3 end, version desc
            limit 1
            """,
            key
        );

    private static async ValueTask<ModelsBefore> BeforeAsync(Session session, ModelKey key) =>
        new(await NewestAsync(session, key), await AliasRows.FindAsync(session, key, ModelAliases.Serving));
}
