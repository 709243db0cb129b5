using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;

namespace Rondo.Kernel.Events;

/// <summary>
/// The append-only, ordered log: audit trail, timeline, and what every reaction subscribes to. An event is appended in the same
/// transaction as the change of state it tells of.
/// </summary>
public sealed class EventLog
{
    /// <summary>The most entries one read returns.</summary>
    public const int PageMax = 1000;

    private const int DataBytesMax = 256 * 1024;
    private const string Columns = "position, id, at, project, type, subject, actor, cause, data";

    private readonly Database _database;
    private readonly IdSource _ids;
    private readonly TimeProvider _time;
    private readonly EventSignal _signal = new();

    public EventLog(Database database, IdSource ids, TimeProvider time)
    {
        _database = database;
        _ids = ids;
        _time = time;
        database.OnChangedElsewhere(() => _signal.Raise(null));
    }

    /// <summary>Appends an event and returns its position.</summary>
    public async ValueTask<long> AppendAsync(Transaction transaction, NewEvent e)
    {
        var data = JsonSerializer.Serialize(e.Data, RondoJson.Options);
        if (data.Length > DataBytesMax)
        {
            throw new RondoException(ErrorCode.Internal, $"Event {e.Type} of {e.Subject} carries more than 256 KiB.");
        }

        var position = await InsertAsync(
            transaction,
            new
            {
                id = _ids.New("evt"),
                at = (e.At ?? _time.GetUtcNow()).ToUnixTimeMilliseconds(),
                e.Project,
                e.Type,
                e.Subject,
                actor = e.Actor.Name,
                e.Cause,
                data,
            }
        );
        transaction.AfterCommit(() => Nudge(e.Type));
        return position;
    }

    /// <summary>Entries after a position, oldest first.</summary>
    public Task<IReadOnlyList<LoggedEvent>> ReadAsync(long after, int limit, EventFilter filter) =>
        _database.ReadAsync(session => ReadAsync(session, after, limit, filter));

    /// <summary>The entries at these positions, of which there are at most <see cref="PageMax"/>.</summary>
    public Task<IReadOnlyList<LoggedEvent>> FindAsync(IReadOnlyCollection<long> positions) =>
        _database.ReadAsync<IReadOnlyList<LoggedEvent>>(async session =>
            [
                .. (
                    await session.QueryAsync<EventRow>(
                        $"select {Columns} from kernel_event where position in @positions order by position",
                        new { positions = positions.Take(PageMax) }
                    )
                ).Select(row => row.ToEvent()),
            ]
        );

    /// <summary>The newest entries, oldest of them first.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> ReadNewestAsync(int limit, EventFilter filter)
    {
        var newest = await _database.ReadAsync(session =>
            QueryAsync(session, 0, "order by position desc limit @limit", limit, filter)
        );
        return [.. newest.Reverse()];
    }

    /// <summary>The position of the newest entry; 0 when there is none.</summary>
    public Task<long> HeadAsync() =>
        _database.ReadAsync(async session =>
            await session.ScalarAsync<long>("select position from kernel_event_position where id = 1")
        );

    /// <summary>The position of the newest entry, as the session sees it.</summary>
    public static async ValueTask<long> HeadAsync(Session session) =>
        await session.ScalarAsync<long>("select position from kernel_event_position where id = 1");

    /// <summary>An entry and what led to it, cause by cause, nearest first; at most so many.</summary>
    public static async ValueTask<IReadOnlyList<LoggedEvent>> CausesAsync(Session session, long position, int limit) =>
        [
            .. (
                await session.QueryAsync<EventRow>(
                    """
                    with recursive chain (position, cause, depth) as (
                        select position, cause, 1 from kernel_event where position = @position
                        union all
                        select e.position, e.cause, c.depth + 1
                        from chain c join kernel_event e on e.position = c.cause
                        where c.depth < @limit
                    )
                    select e.position, e.id, e.at, e.project, e.type, e.subject, e.actor, e.cause, e.data
                    from chain c join kernel_event e on e.position = c.position
                    order by c.depth
                    """,
                    new { position, limit }
                )
            ).Select(row => row.ToEvent()),
        ];

    /// <summary>Hears what is appended, and what is nudged, as far as it concerns somebody.</summary>
    public EventListener Listen(Func<string, bool> concerns) => new(_signal, concerns, _time);

    /// <summary>
    /// Wakes those whom it concerns, and other servers: state has changed that no event tells of, such as a subscriber's notes. The kind
    /// is the type of an event, or the name of the subscriber; null: everybody.
    /// </summary>
    public void Nudge(string? kind)
    {
        _signal.Raise(kind);
        _database.TellOthers();
    }

    // The row of positions is locked from here to the commit: where many wait for it, one statement does both.
    private static async ValueTask<long> InsertAsync(Transaction transaction, object arguments)
    {
        const string next = "update kernel_event_position set position = position + 1 where id = 1 returning position";
        const string values = "@id, @at, @Project, @Type, @Subject, @actor, @Cause, @data";
        if (transaction.Dialect == Dialect.Postgres)
        {
            return await transaction.ScalarAsync<long>(
                $"with next as ({next}) insert into kernel_event ({Columns}) select position, {values} from next returning position",
                arguments
            );
        }

        var position = await transaction.ScalarAsync<long>(next);
        await transaction.ExecuteAsync(
            $"insert into kernel_event ({Columns}) select position, {values} from kernel_event_position where id = 1",
            arguments
        );
        return position;
    }

    internal static Task<IReadOnlyList<LoggedEvent>> ReadAsync(
        Session session,
        long after,
        int limit,
        EventFilter filter
    ) => QueryAsync(session, after, "order by position limit @limit", limit, filter);

    private static async Task<IReadOnlyList<LoggedEvent>> QueryAsync(
        Session session,
        long after,
        string order,
        int limit,
        EventFilter filter
    )
    {
        var where = new List<string> { "position > @after" };
        if (filter.Project is not null)
        {
            where.Add("project = @Project");
        }

        if (filter.Projects is not null)
        {
            where.Add("project in @Projects");
        }

        if (filter.Subject is not null)
        {
            where.Add("subject = @Subject");
        }

        if (filter.Type is not null)
        {
            where.Add(filter.Type.EndsWith(".*", StringComparison.Ordinal) ? "type like @prefix" : "type = @Type");
        }

        if (filter.Types is not null)
        {
            where.Add("type in @Types");
        }

        var rows = await session.QueryAsync<EventRow>(
            $"select {Columns} from kernel_event where " + string.Join(" and ", where) + " " + order,
            new
            {
                after,
                filter.Project,
                filter.Subject,
                filter.Type,
                filter.Types,
                filter.Projects,
                prefix = filter.Type?.TrimEnd('*') + "%",
                limit = Math.Clamp(limit, 1, PageMax),
            }
        );
        return [.. rows.Select(row => row.ToEvent())];
    }

    private sealed record EventRow
    {
        public long Position { get; init; }
        public string Id { get; init; } = "";
        public long At { get; init; }
        public string Project { get; init; } = "";
        public string Type { get; init; } = "";
        public string Subject { get; init; } = "";
        public string Actor { get; init; } = "";
        public long? Cause { get; init; }
        public string Data { get; init; } = "";

        public LoggedEvent ToEvent() =>
            new(
                Position,
                Id,
                DateTimeOffset.FromUnixTimeMilliseconds(At),
                Project,
                Type,
                Subject,
                Actor,
                Cause,
                JsonDocument.Parse(Data).RootElement
            );
    }
}
