using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;

namespace Rondo.Serving.Changes;

/// <summary>Changes and what they select. Whoever writes a new state says which one was seen: where that is no longer so, nothing is written.</summary>
internal static class ChangeStore
{
    private const int ActiveMax = 1000;
    private const int TargetsMax = 20_000;
    private const string Columns = """
        id, project, state, request, actor, position, wave, waves, wave_started_at, created_at, finished_at, evidence
        """;

    public static ChangeRequest RequestOf(string json) =>
        JsonSerializer.Deserialize<ChangeRequest>(json, RondoJson.Options)!;

    public static async ValueTask AddAsync(
        Transaction transaction,
        EndpointChange change,
        IReadOnlyList<ChangeTarget> targets
    )
    {
        await transaction.ExecuteAsync(
            $"""
            insert into serving_change ({Columns})
            values (@Id, @Project, @state, @request, @actor, @Position, @Wave, @Waves, @waveStartedAt, @createdAt, null, null)
            """,
            new
            {
                change.Id,
                change.Project,
                state = Text(change.State),
                request = JsonSerializer.Serialize(change.Request, RondoJson.Options),
                actor = change.Actor.Name,
                change.Position,
                change.Wave,
                change.Waves,
                waveStartedAt = change.WaveStartedAt.ToUnixTimeMilliseconds(),
                createdAt = change.CreatedAt.ToUnixTimeMilliseconds(),
            }
        );
        await transaction.ExecuteManyAsync(
            """
            insert into serving_change_target (change, endpoint, place, wave, state, settings, note)
            values (@change, @endpoint, @place, @wave, @state, @settings, @note)
            """,
            ["change", "endpoint", "place", "wave", "state", "settings", "note"],
            targets.Select(
                (target, place) =>
                    new object?[]
                    {
                        change.Id,
                        target.Endpoint,
                        (long)place,
                        (long)target.Wave,
                        Text(target.State),
                        JsonSerializer.Serialize(target.Settings, RondoJson.Options),
                        target.Note,
                    }
            )
        );
    }

    public static async ValueTask<EndpointChange?> FindAsync(Session session, string project, string id) =>
        (
            await session.FirstAsync<Row>(
                $"select {Columns} from serving_change where id = @id and project = @project",
                new { id, project }
            )
        )?.ToChange();

    /// <summary>Whether a change is still as it was seen, and stays so until the transaction ends.</summary>
    public static async ValueTask<bool> IsAsync(Transaction transaction, EndpointChange change) =>
        await transaction.ScalarAsync<string>(
            $"select id from serving_change where id = @Id and state = @state and wave = @Wave {transaction.Dialect.ForShare}",
            new
            {
                change.Id,
                state = Text(change.State),
                change.Wave,
            }
        )
            is not null;

    /// <summary>Changes that have not ended, oldest first; those of one project where it is given.</summary>
    public static ValueTask<IReadOnlyList<EndpointChange>> ActiveAsync(Session session, string? project = null) =>
        QueryAsync(
            session,
            $"state in ('running', 'rollingBack'){(project is null ? "" : " and project = @project")} order by created_at, id",
            new { project, limit = ActiveMax }
        );

    /// <summary>The changes of a project, newest first, before one of them where it is given.</summary>
    public static ValueTask<IReadOnlyList<EndpointChange>> ListAsync(
        Session session,
        string project,
        string? before,
        int limit
    ) =>
        QueryAsync(
            session,
            $"project = @project{(before is null ? "" : " and id < @before")} order by id desc",
            new
            {
                project,
                before,
                limit,
            }
        );

    /// <summary>What a change selects, in the order of its waves; of endpoints in these states where they are given.</summary>
    public static async ValueTask<IReadOnlyList<ChangeTarget>> TargetsAsync(
        Session session,
        string change,
        params TargetState[] states
    ) =>
        [
            .. (
                await session.QueryAsync<TargetRow>(
                    $"""
                    select change, endpoint, wave, state, settings, note, position, changed_at from serving_change_target
                    where change = @change {(
                        states.Length == 0 ? "" : "and state in @states"
                    )} order by place limit @TargetsMax
                    """,
                    new
                    {
                        change,
                        states = states.Select(Text),
                        TargetsMax,
                    }
                )
            ).Select(row => row.ToTarget()),
        ];

    /// <summary>How many endpoints of each of some changes are how far.</summary>
    public static async ValueTask<ILookup<string, (TargetState State, int Endpoints)>> CountsAsync(
        Session session,
        IReadOnlyCollection<string> changes
    ) =>
        (
            await session.QueryAsync<(string Change, string State, long Endpoints)>(
                $"""
                select change, state, count(*) from serving_change_target
                where {session.Dialect.IsAmong("change", "@changes")} group by change, state
                """,
                new { changes = JsonSerializer.Serialize(changes) }
            )
        ).ToLookup(
            row => row.Change,
            row => (Parse<TargetState>(row.State), (int)row.Endpoints),
            StringComparer.Ordinal
        );

    /// <summary>Writes how far a change is; false where it is in another state, or another wave, by now.</summary>
    public static async ValueTask<bool> MoveAsync(
        Transaction transaction,
        EndpointChange old,
        EndpointChange changed
    ) =>
        await transaction.ExecuteAsync(
            """
            update serving_change set state = @state, wave = @Wave, wave_started_at = @waveStartedAt, finished_at = @finishedAt,
                evidence = @evidence
            where id = @Id and state = @oldState and wave = @oldWave
            """,
            new
            {
                old.Id,
                oldState = Text(old.State),
                oldWave = old.Wave,
                state = Text(changed.State),
                changed.Wave,
                waveStartedAt = changed.WaveStartedAt.ToUnixTimeMilliseconds(),
                finishedAt = changed.FinishedAt?.ToUnixTimeMilliseconds(),
                evidence = changed.Evidence is null
                    ? null
                    : JsonSerializer.Serialize(changed.Evidence, RondoJson.Options),
            }
        ) == 1;

    /// <summary>Writes how far a change is at one endpoint; false where it is further by now.</summary>
    public static async ValueTask<bool> MoveAsync(Transaction transaction, ChangeTarget old, ChangeTarget changed) =>
        await transaction.ExecuteAsync(
            """
            update serving_change_target set state = @state, settings = @settings, note = @Note, position = @Position,
                changed_at = @changedAt
            where change = @Change and endpoint = @Endpoint and state = @oldState
            """,
            new
            {
                old.Change,
                old.Endpoint,
                oldState = Text(old.State),
                state = Text(changed.State),
                settings = JsonSerializer.Serialize(changed.Settings, RondoJson.Options),
                changed.Note,
                changed.Position,
                changedAt = changed.ChangedAt?.ToUnixTimeMilliseconds(),
            }
        ) == 1;

    /// <summary>Skips whatever still waits: its turn will not come.</summary>
    public static async ValueTask LeaveOutAsync(Transaction transaction, EndpointChange change, string why) =>
        await transaction.ExecuteAsync(
            "update serving_change_target set state = @skipped, note = @why where change = @Id and state = @waiting",
            new
            {
                change.Id,
                why,
                skipped = Text(TargetState.Skipped),
                waiting = Text(TargetState.Waiting),
            }
        );

    private static async ValueTask<IReadOnlyList<EndpointChange>> QueryAsync(
        Session session,
        string where,
        object arguments
    ) =>
        [
            .. (
                await session.QueryAsync<Row>(
                    $"select {Columns} from serving_change where {where} limit @limit",
                    arguments
                )
            ).Select(row => row.ToChange()),
        ];

    private static string Text<T>(T state)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static T Parse<T>(string state)
        where T : struct, Enum => Enum.Parse<T>(state, ignoreCase: true);

    private static DateTimeOffset Time(long at) => DateTimeOffset.FromUnixTimeMilliseconds(at);

    private sealed record Row
    {
        public string Id { get; init; } = "";
        public string Project { get; init; } = "";
        public string State { get; init; } = "";
        public string Request { get; init; } = "";
        public string Actor { get; init; } = "";
        public long Position { get; init; }
        public long Wave { get; init; }
        public long Waves { get; init; }
        public long WaveStartedAt { get; init; }
        public long CreatedAt { get; init; }
        public long? FinishedAt { get; init; }
        public string? Evidence { get; init; }

        public EndpointChange ToChange() =>
            new(
                Id,
                Project,
                Parse<ChangeState>(State),
                RequestOf(Request),
                new Actor(Actor),
                Position,
                (int)Wave,
                (int)Waves,
                Time(WaveStartedAt),
                Time(CreatedAt),
                FinishedAt is { } at ? Time(at) : null,
                Evidence is null ? null : JsonSerializer.Deserialize<ChangeEvidence>(Evidence, RondoJson.Options)
            );
    }

    private sealed record TargetRow
    {
        public string Change { get; init; } = "";
        public string Endpoint { get; init; } = "";
        public long Wave { get; init; }
        public string State { get; init; } = "";
        public string Settings { get; init; } = "";
        public string? Note { get; init; }
        public long? Position { get; init; }
        public long? ChangedAt { get; init; }

        public ChangeTarget ToTarget() =>
            new(
                Change,
                Endpoint,
                (int)Wave,
                Parse<TargetState>(State),
                JsonSerializer.Deserialize<IReadOnlyList<SettingChange>>(Settings, RondoJson.Options) ?? [],
                Note,
                Position,
                ChangedAt is { } at ? Time(at) : null
            );
    }
}
