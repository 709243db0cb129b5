using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry.Clients;
using Rondo.Registry.Versions;

namespace Rondo.Registry.Governance;

/// <summary>
/// Moves versions from state to state. Only legal moves are made (<see cref="VersionState"/>), one writer at a time per version, and each
/// is kept with who made it, why, and on which evidence.
/// </summary>
public sealed class ModelGovernance(Database database, EventLog log, TimeProvider time)
{
    private const int TransitionsMax = 1000;
    private const int ReasonCharsMax = 4000;
    private const int EvidenceCharsMax = 100_000;

    /// <summary>
    /// Moves a version because somebody decides so; returns the state in which it was. What an endpoint answers with is for its rollouts to say,
    /// save that anybody may reject it: the endpoint then goes back to the newest other approved version. A version of clients is approved on results: those that are
    /// given, or that its run has logged.
    /// </summary>
    public Task<string> DecideAsync(VersionMove asked, Caller caller)
    {
        Check(asked);
        return database.WriteAsync(async transaction =>
        {
            await ModelLock.TakeAsync(transaction, ClientModels.NameOf(asked.Model));
            var move = await ClientEvidence.CompleteAsync(transaction, asked, caller);
            var from = await MoveAsync(transaction, move);
            if (
                move.Model.Project != ClientModels.Project
                && from != move.To
                && (
                    move.To == VersionState.Production
                    || (from == VersionState.Production && move.To != VersionState.Rejected)
                )
            )
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Version {move.Version} of '{move.Model}' is {from}: what is in production is for the model's endpoint to say.",
                    "Move the endpoint (rondo endpoints move), or reject the version: the endpoint then goes back by itself."
                );
            }

            // A pipeline's has passed its gate, whose verdict it keeps; and what was released before was on results.
            if (
                move is { IsRelease: true, Evidence: null, Model.Project: ClientModels.Project }
                && (
                    from == VersionState.Pending
                    || (from == VersionState.Archived && !await WasReleasedAsync(transaction, move))
                )
            )
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"No results of version {move.Version} of '{move.Model.Model}' are known: no metric was logged for it that you may read.",
                    "Log its metrics in the run or for the model that it came of, or give the results: --evidence FILE."
                );
            }

            // Somebody else's word on what was decided already is a decision, too; the same one sent twice is one.
            if (from == move.To && !await IsNewestAsync(transaction, move))
            {
                await RecordAsync(transaction, move, from, from);
            }

            await LeaveDefaultAsync(transaction, move);
            return from;
        });
    }

    /// <summary>The state of a version; null where there is none.</summary>
    public Task<string?> StateAsync(ModelKey key, long version) =>
        database.ReadAsync(session => StateAsync(session, key, version).AsTask());

    /// <summary>The state of a version in the caller's transaction; null where there is none.</summary>
    public async ValueTask<string?> StateAsync(Session session, ModelKey key, long version) =>
        await session.ScalarAsync<string>(
            "select state from registry_entry where id = @id and deleted_at is null",
            new { id = ModelVersion.IdOf(key, version) }
        );

    /// <summary>Fails where a version must not be served: it was rejected, or waits for its approval.</summary>
    public async Task RequireServableAsync(ModelKey key, long version)
    {
        var state = await StateAsync(key, version);
        if (state is not (VersionState.Pending or VersionState.Rejected))
        {
            return;
        }

        VersionTransition? last = await HistoryAsync(key, version) is [.., var newest] ? newest : null;
        throw new RondoException(
            ErrorCode.FailedPrecondition,
            state == VersionState.Pending
                ? $"Version {version} of '{key}' waits for approval."
                : $"Version {version} of '{key}' was rejected by {last?.By}: {last?.Reason}",
            state == VersionState.Pending
                ? $"Approve it first: rondo models approve {key.Model} {version} --reason \"…\"."
                : $"To decide on it again: rondo models reopen {key.Model} {version} --reason \"…\", and then approve it."
        );
    }

    /// <summary>Moves a version in the caller's transaction; returns the state in which it was. Nothing happens where it is there already.</summary>
    public async Task<string> MoveAsync(Transaction transaction, VersionMove move)
    {
        var id = ModelVersion.IdOf(move.Model, move.Version);
        await LockAsync(transaction, move.Model, move.Version);
        var from =
            await transaction.ScalarAsync<string>(
                "select state from registry_entry where id = @id and deleted_at is null",
                new { id }
            ) ?? throw await ModelRegistry.MissingAsync(transaction, move.Model, move.Version);
        foreach (var to in WayOf(move, from))
        {
            await StepAsync(transaction, move, to);
        }

        return from;
    }

    /// <summary>The moves of a version and what else was decided of it, also of one that was deleted, oldest first; an error where there never was one.</summary>
    public Task<IReadOnlyList<VersionTransition>> HistoryAsync(ModelKey key, long version) =>
        database.ReadAsync<IReadOnlyList<VersionTransition>>(async session =>
        {
            var moves = await session.QueryAsync<TransitionRow>(
                """
                select number, from_state, to_state, moved_at, moved_by, reason, evidence from registry_transition
                where project = @Project and environment = @Environment and model = @Model and version = @version
                order by number limit @TransitionsMax
                """,
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    version,
                    TransitionsMax,
                }
            );
            if (moves.Count == 0 && !await IsKnownAsync(session, key, version))
            {
                throw await ModelRegistry.MissingAsync(session, key, version);
            }

            return [.. moves.Select(row => row.ToTransition())];
        });

    /// <summary>The same, as a caller may see it.</summary>
    public async Task<IReadOnlyList<VersionTransition>> HistoryAsync(ModelKey key, long version, Caller caller)
    {
        var moves = await HistoryAsync(key, version);
        return await database.ReadAsync(session => ClientEvidence.VisibleAsync(session, key, moves, caller).AsTask());
    }

    /// <summary>The newest version other than one that is approved, or in production somewhere; null where there is none.</summary>
    public static async ValueTask<long?> NewestApprovedAsync(Session session, ModelKey key, long except) =>
        await session.ScalarAsync<long?>(
            """
            select max(version) from registry_entry
            where project = @Project and environment = @Environment and model = @Model and version <> @except
                and state in ('approved', 'production') and deleted_at is null
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                except,
            }
        );

    /// <summary>Keeps the state of a version as it is until the end of the caller's transaction.</summary>
    internal static async ValueTask LockAsync(Transaction transaction, ModelKey key, long version) =>
        await transaction.LockAsync("registry.version." + ModelVersion.IdOf(key, version));

    /// <summary>Writes down that a version has begun its way.</summary>
    internal async ValueTask BeginAsync(Transaction transaction, VersionMove begun) =>
        await RecordAsync(transaction, begun, "", begun.To);

    // One that an earlier version of Rondo has registered is known without a move.
    private static async ValueTask<bool> IsKnownAsync(Session session, ModelKey key, long version) =>
        await session.ScalarAsync<long>(
            "select count(*) from registry_entry where id = @id",
            new { id = ModelVersion.IdOf(key, version) }
        ) > 0;

    private static async ValueTask<bool> WasReleasedAsync(Session session, VersionMove move) =>
        await session.ScalarAsync<long>(
            """
            select count(*) from registry_transition
            where project = @Project and environment = @Environment and model = @Model and version = @Version
                and to_state in ('approved', 'production') and from_state <> to_state and number < (
                    select max(number) from registry_transition
                    where project = @Project and environment = @Environment and model = @Model and version = @Version)
            """,
            new
            {
                move.Model.Project,
                move.Model.Environment,
                move.Model.Model,
                move.Version,
            }
        ) > 0;

    private static async ValueTask<bool> IsNewestAsync(Session session, VersionMove move)
    {
        var newest = await session.FirstAsync<TransitionRow>(
            """
            select number, from_state, to_state, moved_at, moved_by, reason, evidence from registry_transition
            where project = @Project and environment = @Environment and model = @Model and version = @Version
            order by number desc limit 1
            """,
            new
            {
                move.Model.Project,
                move.Model.Environment,
                move.Model.Model,
                move.Version,
            }
        );
        return newest is not null
            && newest.MovedBy == move.Actor.Name
            && newest.Reason == move.Reason
            && newest.Evidence == move.Evidence?.GetRawText();
    }

    // What somebody has let it mean ends there; what it means then is said by its rule.
    private async ValueTask LeaveDefaultAsync(Transaction transaction, VersionMove move)
    {
        if (
            move.To == VersionState.Rejected
            && await AliasRows.FindAsync(transaction, move.Model, ModelAliases.Default) == move.Version
        )
        {
            var given = (ModelAliases.Default, move.Version);
            await AliasRows.RemoveAsync(transaction, log, move.Model, given, move.Actor);
        }
    }

    private static IReadOnlyList<string> WayOf(VersionMove move, string from)
    {
        if (!VersionState.All.Contains(move.To, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{move.To}' is no state of a model version.",
                $"Use one of: {string.Join(", ", VersionState.All)}."
            );
        }

        if (from == move.To || move.AllTheWay || VersionState.After(from).Contains(move.To, StringComparer.Ordinal))
        {
            return VersionState.Way(from, move.To);
        }

        throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"Version {move.Version} of '{move.Model}' is {from}; that does not become {move.To}.",
            $"From {from} it can become: {string.Join(", ", VersionState.After(from))}."
                + (from == VersionState.Rejected ? " To decide on it again, reopen it: rondo models reopen." : "")
        );
    }

    private async ValueTask StepAsync(Transaction transaction, VersionMove move, string to)
    {
        var id = ModelVersion.IdOf(move.Model, move.Version);
        var from = await transaction.ScalarAsync<string>("select state from registry_entry where id = @id", new { id });
        await transaction.ExecuteAsync(
            "update registry_entry set state = @to, updated_at = @at where id = @id",
            new
            {
                id,
                to,
                at = Now(),
            }
        );
        await RecordAsync(transaction, move, from!, to);
    }

    private async ValueTask RecordAsync(Transaction transaction, VersionMove move, string from, string to)
    {
        var key = move.Model;
        await transaction.ExecuteAsync(
            """
            insert into registry_transition
                (project, environment, model, version, number, from_state, to_state, moved_at, moved_by, reason, evidence)
            select @Project, @Environment, @Model, @Version, 1 + coalesce(max(number), 0), @from, @to, @at, @by, @Reason, @evidence
            from registry_transition
            where project = @Project and environment = @Environment and model = @Model and version = @Version
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                move.Version,
                from,
                to,
                at = Now(),
                by = move.Actor.Name,
                move.Reason,
                evidence = move.Evidence?.GetRawText(),
            }
        );
        var data = new ModelVersionMovedEvent(key.Model, key.Environment, move.Version, from, to, move.Reason);
        var id = ModelVersion.IdOf(key, move.Version);
        await log.AppendAsync(
            transaction,
            new NewEvent(ModelVersionMovedEvent.Type, key.Project, id, move.Actor, data, move.Cause)
        );
    }

    private static void Check(VersionMove move)
    {
        if (string.IsNullOrWhiteSpace(move.Reason) || move.Reason.Length > ReasonCharsMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"A move needs a reason of 1 to {ReasonCharsMax} characters."),
                "Say why: --reason \"…\"."
            );
        }

        if (move.Evidence?.GetRawText().Length > EvidenceCharsMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"Evidence has at most {EvidenceCharsMax} characters as JSON."),
                "Keep the report where it is, and give its address."
            );
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record TransitionRow
    {
        public long Number { get; init; }
        public string FromState { get; init; } = "";
        public string ToState { get; init; } = "";
        public long MovedAt { get; init; }
        public string MovedBy { get; init; } = "";
        public string Reason { get; init; } = "";
        public string? Evidence { get; init; }

        public VersionTransition ToTransition() =>
            new(
                Number,
                FromState,
                ToState,
                UnixTime.At(MovedAt),
                MovedBy,
                Reason,
                Evidence is null ? null : JsonElement.Parse(Evidence)
            );
    }
}
