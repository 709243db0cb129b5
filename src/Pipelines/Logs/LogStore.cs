using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Logs;

/// <summary>What attempts printed, in chunks: a chunk is one row, whose position is its place in the run.</summary>
internal sealed class LogStore(Database database, LogSignal signal, TimeProvider time)
{
    private const int ChunksPerPageMax = 50;

    // Lines that another server stores wake nobody here.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>Takes the lines of one attempt.</summary>
    public AttemptLog Open(string runId, string nodeId, long attempt) =>
        new(lines => AppendAsync(runId, nodeId, attempt, lines), time);

    /// <summary>Lines after a position; waits up to the given time for the first of them while the run goes on.</summary>
    public async Task<LogPage> ReadAsync(LogQuery query, CancellationToken cancellation)
    {
        var until = time.GetUtcNow() + query.Wait;
        while (true)
        {
            var changed = signal.Next;
            var page = await database.ReadAsync(session => ReadAsync(session, query), cancellation);
            var left = until - time.GetUtcNow();
            if (page.Lines.Count > 0 || page.Finished || left <= TimeSpan.Zero)
            {
                return page;
            }

            await signal.WaitAsync(changed, left < s_look ? left : s_look, time, cancellation);
        }
    }

    private static async Task<LogPage> ReadAsync(Session session, LogQuery query)
    {
        var state =
            await session.ScalarAsync<string>("select state from pipelines_run where id = @RunId", query)
            ?? throw new RondoException(ErrorCode.NotFound, $"There is no run '{query.RunId}'.");
        var chunks = await session.QueryAsync<ChunkRow>(
            """
            select position, node_id, attempt, lines from pipelines_log
            where run_id = @RunId and position > @After and (@Node = '' or node_id = @Node) order by position limit @limit
            """,
            new
            {
                query.RunId,
                query.After,
                Node = query.Node ?? "",
                limit = ChunksPerPageMax,
            }
        );
        var finished =
            state is not (RunStates.Queued or RunStates.Created or RunStates.Running or RunStates.Finishing)
            && chunks.Count < ChunksPerPageMax;
        var lines = chunks.SelectMany(chunk =>
            JsonSerializer
                .Deserialize<List<StoredLine>>(chunk.Lines, RondoJson.Options)!
                .Select(line => new LogLine(
                    chunk.NodeId,
                    chunk.Attempt,
                    DateTimeOffset.FromUnixTimeMilliseconds(line.At),
                    line.Stream,
                    line.Text
                ))
        );
        return new LogPage([.. lines], chunks.Count > 0 ? chunks[^1].Position : query.After, finished);
    }

    private async Task AppendAsync(string runId, string nodeId, long attempt, IReadOnlyList<StoredLine> lines)
    {
        await database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync("pipelines.log/" + runId);
            await transaction.ExecuteAsync(
                """
                insert into pipelines_log (run_id, position, node_id, attempt, lines)
                select @runId, coalesce(max(position), 0) + 1, @nodeId, @attempt, @lines from pipelines_log where run_id = @runId
                """,
                new
                {
                    runId,
                    nodeId,
                    attempt,
                    lines = JsonSerializer.Serialize(lines, RondoJson.Options),
                }
            );
        });
        signal.Raise();
    }

    private sealed record ChunkRow
    {
        public long Position { get; init; }
        public string NodeId { get; init; } = "";
        public long Attempt { get; init; }
        public string Lines { get; init; } = "";
    }
}

/// <summary>Which lines to read.</summary>
internal sealed record LogQuery(string RunId, string? Node, long After, TimeSpan Wait);
