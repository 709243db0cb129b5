using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;

namespace Rondo.Serving.Rollouts;

/// <summary>Rollouts, past and present. A change says which state it saw: where that is no longer so, it changes nothing.</summary>
internal sealed class RolloutStore(Database database, IdSource ids, TimeProvider time)
{
    public const int RolloutsMax = 1000;

    public const string Columns = """
        id, endpoint, version, previous, state, step, percent, by_hand, reason, checks, created_at, step_started_at,
        finished_at, cause, actor
        """;

    /// <summary>Asks for a rollout; the reconciler takes it from here.</summary>
    public async ValueTask AskAsync(Transaction transaction, RolloutWish wish)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await transaction.ExecuteAsync(
            $"""
            insert into serving_rollout ({Columns}, reached)
            values (@id, @Endpoint, @Version, null, @state, 0, 0, @byHand, null, '[]', @now, @now, null, @Cause, @actor, 0)
            """,
            new
            {
                id = ids.New("rol"),
                wish.Endpoint,
                wish.Version,
                state = Text(RolloutState.Waiting),
                byHand = wish.ByHand ? 1 : 0,
                now,
                wish.Cause,
                actor = wish.Actor.Name,
            }
        );
    }

    /// <summary>Rollouts that have not ended, oldest first.</summary>
    public Task<IReadOnlyList<Rollout>> ListActiveAsync() =>
        QueryAsync("state in ('waiting', 'running') order by created_at, id", new { RolloutsMax });

    /// <summary>The rollouts of one endpoint, newest first.</summary>
    public Task<IReadOnlyList<Rollout>> ListAsync(string endpoint) =>
        QueryAsync("endpoint = @endpoint order by created_at desc, id desc", new { endpoint, RolloutsMax });

    /// <summary>The version whose rollout at an endpoint has not ended; null where there is none.</summary>
    public static async ValueTask<long?> UnderWayAsync(Session session, string endpoint) =>
        await session.ScalarAsync<long?>(
            "select max(version) from serving_rollout where endpoint = @endpoint and state in ('waiting', 'running')",
            new { endpoint }
        );

    /// <summary>Writes the new state where the old one still stands; false where somebody else was faster.</summary>
    public async ValueTask<bool> ChangeAsync(Transaction transaction, Rollout old, Rollout changed) =>
        await transaction.ExecuteAsync(
            """
            update serving_rollout set previous = @Previous, state = @state, step = @Step, percent = @Percent, reason = @Reason,
                checks = @checks, step_started_at = @stepStartedAt, finished_at = @finishedAt,
                started_at = case when @state = 'running' then coalesce(started_at, @stepStartedAt) else started_at end,
                reached = case when @Percent > coalesce(reached, 0) then @Percent else reached end
            where id = @Id and state = @oldState and step = @oldStep
            """,
            new
            {
                old.Id,
                oldState = Text(old.State),
                oldStep = old.Step,
                changed.Previous,
                state = Text(changed.State),
                changed.Step,
                changed.Percent,
                changed.Reason,
                checks = JsonSerializer.Serialize(changed.Checks, RondoJson.Options),
                stepStartedAt = changed.StepStartedAt.ToUnixTimeMilliseconds(),
                finishedAt = changed.FinishedAt?.ToUnixTimeMilliseconds(),
            }
        ) == 1;

    private Task<IReadOnlyList<Rollout>> QueryAsync(string where, object arguments) =>
        database.ReadAsync<IReadOnlyList<Rollout>>(async session =>
            [
                .. (
                    await session.QueryAsync<Row>(
                        $"select {Columns} from serving_rollout where {where} limit @RolloutsMax",
                        arguments
                    )
                ).Select(row => row.ToRollout()),
            ]
        );

    private static string Text(RolloutState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    /// <summary>A row as it is read.</summary>
    public record Row
    {
        public string Id { get; init; } = "";
        public string Endpoint { get; init; } = "";
        public long Version { get; init; }
        public long? Previous { get; init; }
        public string State { get; init; } = "";
        public long Step { get; init; }
        public long Percent { get; init; }
        public long ByHand { get; init; }
        public string? Reason { get; init; }
        public string Checks { get; init; } = "";
        public long CreatedAt { get; init; }
        public long StepStartedAt { get; init; }
        public long? FinishedAt { get; init; }
        public long? Cause { get; init; }
        public string Actor { get; init; } = "";

        public Rollout ToRollout() =>
            new(
                Id,
                Endpoint,
                Version,
                Previous,
                Enum.Parse<RolloutState>(State, ignoreCase: true),
                (int)Step,
                (int)Percent,
                ByHand == 1,
                Reason,
                JsonSerializer.Deserialize<IReadOnlyList<RolloutCheck>>(Checks, RondoJson.Options) ?? [],
                DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
                DateTimeOffset.FromUnixTimeMilliseconds(StepStartedAt),
                FinishedAt is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(FinishedAt.Value),
                Cause,
                new Actor(Actor)
            );
    }
}

/// <summary>Who wants which version behind an endpoint, and because of what.</summary>
internal sealed record RolloutWish(string Endpoint, long Version, Actor Actor, long? Cause, bool ByHand = false);
