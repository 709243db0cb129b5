using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Notices that the clock was set back, and sets what waits back by as much: what was ready stays ready, and what waits for another
/// attempt waits no longer than it should. On a shared database other servers have clocks of their own, one of which is right: there
/// nothing is moved.
/// </summary>
internal sealed class ClockWatch(Database database, EventLog log, TimeProvider time) : Reconciler
{
    private const long SetBackMinMs = 500;

    private (DateTimeOffset Wall, long Ticks)? _last;

    public override string Name => "pipelines.clock";

    // Clocks are set without a word.
    public override bool Concerns(string kind) => false;

    public override TimeSpan Interval => TimeSpan.FromSeconds(2);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        if (database.Dialect != Dialect.Sqlite)
        {
            return false;
        }

        var (wall, ticks) = (time.GetUtcNow(), time.GetTimestamp());
        var expected = _last is { } last
            ? last.Wall + time.GetElapsedTime(last.Ticks, ticks)
            : await WrittenLastAsync() ?? wall;
        var setBackMs = (long)(expected - wall).TotalMilliseconds;
        if (setBackMs >= SetBackMinMs)
        {
            await MoveAsync(wall.ToUnixTimeMilliseconds(), setBackMs, cancellation);
        }

        _last = (wall, ticks);
        return false;
    }

    // While the server was down, only what it wrote before tells what the clock showed.
    private async Task<DateTimeOffset?> WrittenLastAsync()
    {
        var head = await log.HeadAsync();
        return await log.ReadAsync(Math.Max(0, head - 1), 1, new EventFilter()) is [var last, ..] ? last.At : null;
    }

    private Task<int> MoveAsync(long now, long setBackMs, CancellationToken cancellation) =>
        database.WriteAsync(
            async transaction =>
            {
                transaction.AfterCommit(() => log.Nudge("clock"));
                var moved = 0;
                foreach (var state in new[] { "ready", "waiting" })
                {
                    moved += await transaction.ExecuteAsync(
                        $"""
                        update pipelines_step set not_before = not_before - @setBackMs
                        where state = '{state}' and not_before > @now
                        """,
                        new { now, setBackMs }
                    );
                }

                return moved;
            },
            cancellation
        );
}
