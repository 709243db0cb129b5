using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Conformance.Databases;

/// <summary>The event log, its subscribers and the leases, with several servers at once where the database serves several.</summary>
public abstract class LogConformance(Func<Task<TestedDatabase>> start) : DatabaseKit(start)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Positions_are_gapless_in_the_order_of_commits_and_a_follower_misses_none()
    {
        const int writers = 120;
        var logs = await LogsAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var following = FollowAsync(logs[^1], done.Token);

        await Task.WhenAll(
            Enumerable
                .Range(0, writers)
                .Select(async i =>
                {
                    try
                    {
                        await Server(i)
                            .WriteAsync(async t =>
                            {
                                await logs[i % logs.Count].AppendAsync(t, Event("a.b"));
                                if (i % 4 == 0)
                                {
                                    throw new InvalidOperationException();
                                }

                                await logs[i % logs.Count].AppendAsync(t, Event("a.c"));
                            });
                    }
                    catch (InvalidOperationException)
                    {
                        // This writer's event must not be there.
                    }
                })
        );
        await done.CancelAsync();

        var expected = Enumerable.Range(1, writers * 3 / 4 * 2).Select(i => (long)i).ToList();
        var events = await logs[0].ReadAsync(0, EventLog.PageMax, new EventFilter());
        Assert.Equal(expected, events.Select(e => e.Position));
        Assert.All(events.Chunk(2), pair => Assert.Equal(("a.b", "a.c"), (pair[0].Type, pair[1].Type)));
        Assert.Equal(expected[^1], await logs[0].HeadAsync());
        Assert.Equal(expected, (await following).Concat(await RestAsync(logs[0], await following)));
    }

    [Fact]
    public async Task Two_servers_that_both_believe_to_feed_a_subscriber_give_it_each_event_once()
    {
        const int count = 60;
        var logs = await LogsAsync();
        await MakeAsync("create table seen (position bigint not null)");
        for (var i = 0; i < count; i++)
        {
            await Server(i).WriteAsync(async t => await logs[0].AppendAsync(t, Event("good.one")));
        }

        var lease = await new LeaseStore(Database, _time).TryAcquireAsync(
            "subscriber.recorder",
            "x",
            TimeSpan.FromHours(1)
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async i =>
                {
                    var loop = Loop(Server(i), logs[i % logs.Count]);
                    while (await loop.PendingAsync() > 0)
                    {
                        await loop.ReconcileAsync(lease!, Stop);
                    }
                })
        );

        Assert.Equal(
            Enumerable.Range(1, count).Select(i => (long)i),
            await RowsAsync<long>("select position from seen order by position")
        );
        Assert.Empty(await logs[0].ReadAsync(0, 10, new EventFilter(Type: "subscriber.gaveup")));
    }

    [Fact]
    public async Task A_lease_that_is_asked_for_inside_a_transaction_stays_until_its_end()
    {
        await LogsAsync();
        var second = TimeSpan.FromSeconds(1);
        var old = await new LeaseStore(Server(0), _time).TryAcquireAsync("x", "old", second);
        _time.Advance(second * 2);

        var taking = Task.FromResult<Lease?>(null);
        var order = new ConcurrentQueue<string>();
        await Server(0)
            .WriteAsync(async t =>
            {
                Assert.True(await LeaseStore.HoldsAsync(t, old!));
                taking = TakeAsync();
                await t.ScalarAsync<long>("select count(*) from kernel_event");
                t.AfterCommit(() => order.Enqueue("committed"));
            });
        var taken = await taking;

        Assert.Equal(("new", 2L), (taken!.Holder, taken.Fence));
        Assert.False(await Server(0).WriteAsync(async t => await LeaseStore.HoldsAsync(t, old!)));

        async Task<Lease?> TakeAsync()
        {
            await Task.Yield();
            var lease = await new LeaseStore(Server(1), _time).TryAcquireAsync("x", "new", TimeSpan.FromHours(1));
            order.Enqueue("taken");
            return lease;
        }
    }

    [Fact]
    public async Task Of_many_contenders_one_holds_and_each_change_of_holder_raises_the_fence()
    {
        await LogsAsync();
        var held = new List<Lease>();
        for (var round = 0; round < 5; round++)
        {
            var asked = await Task.WhenAll(
                Enumerable
                    .Range(0, 30)
                    .Select(i =>
                        new LeaseStore(Server(i), _time).TryAcquireAsync(
                            "x",
                            $"server {round} {i}",
                            TimeSpan.FromSeconds(10)
                        )
                    )
            );
            var holder = Assert.Single(asked, lease => lease is not null)!;
            var renewed = await new LeaseStore(Server(1), _time).TryAcquireAsync(
                "x",
                holder.Holder,
                TimeSpan.FromSeconds(10)
            );
            Assert.Equal(holder.Fence, renewed!.Fence);
            held.Add(holder);
            _time.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.Equal([1L, 2, 3, 4, 5], held.Select(lease => lease.Fence));
    }

    [Fact]
    public async Task What_one_server_appends_wakes_those_who_wait_on_every_other()
    {
        var logs = await LogsAsync();
        for (var i = 0; i < 5; i++)
        {
            // What came before may still be on its way: the wait is for the event of this round.
            var (writer, reader) = (logs[i % logs.Count], logs[(i + 1) % logs.Count]);
            using var listener = reader.Listen(kind => kind == "a.b");
            var position = await Server(i).WriteAsync(async t => await writer.AppendAsync(t, Event("a.b")));
            do
            {
                await listener.WaitAsync(Timeout.InfiniteTimeSpan, Stop);
                listener.Forget();
            } while (await reader.HeadAsync() < position);
        }
    }

    private static NewEvent Event(string type) => new(type, "p", "s", Actor.Local, new { text = "…" });

    private async Task<IReadOnlyList<EventLog>> LogsAsync()
    {
        await Migrations.ApplyAsync(Database, [KernelModule.Schema], _time);
        var ids = new IdSource(_time, new Random(1));
        return [.. Servers.Select(server => new EventLog(server, ids, _time))];
    }

    private static SubscriptionReconciler Loop(Database database, EventLog log) =>
        new(new Recorder(), database, log, NullLogger<SubscriptionReconciler>.Instance);

    // Reads on from where it was, as every follower does.
    private static async Task<List<long>> FollowAsync(EventLog log, CancellationToken done)
    {
        var seen = new List<long>();
        while (!done.IsCancellationRequested)
        {
            seen.AddRange(await RestAsync(log, seen));
            await Task.Yield();
        }

        return seen;
    }

    private static async Task<IEnumerable<long>> RestAsync(EventLog log, List<long> seen) =>
        (await log.ReadAsync(seen.Count == 0 ? 0 : seen[^1], 10, new EventFilter())) is { Count: > 0 } page
            ? page.Select(e => e.Position).Concat(page.Count < 10 ? [] : await RestAsync(log, [page[^1].Position]))
            : [];

    private sealed class Recorder : EventSubscriber
    {
        public override string Name => "recorder";

        public override IReadOnlyCollection<string> Types => ["good.one"];

        public override async Task HandleAsync(Transaction transaction, LoggedEvent e) =>
            await transaction.ExecuteAsync("insert into seen (position) values (@Position)", new { e.Position });
    }
}
