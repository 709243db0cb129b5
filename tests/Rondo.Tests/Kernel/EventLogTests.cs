using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Tests.Kernel;

public sealed class EventLogTests
{
    private static NewEvent Event(string type) => new(type, "p", "s", Actor.Local, new { text = type });

    [Fact]
    public async Task Positions_are_gapless_in_the_order_of_commits_even_when_writers_fail()
    {
        await using var kernel = await TestKernel.StartAsync();

        await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(async i =>
                {
                    try
                    {
                        await kernel.Database.WriteAsync(async t =>
                        {
                            await kernel.Log.AppendAsync(t, Event("a.b"));
                            if (i % 4 == 0)
                            {
                                throw new InvalidOperationException();
                            }
                        });
                    }
                    catch (InvalidOperationException)
                    {
                        // This writer's event must not be there.
                    }
                })
        );

        var events = await kernel.Log.ReadAsync(0, 1000, new EventFilter());
        Assert.Equal(Enumerable.Range(1, 75).Select(i => (long)i), events.Select(e => e.Position));
    }

    [Fact]
    public async Task A_filter_by_prefix_takes_the_types_below_it()
    {
        await using var kernel = await TestKernel.StartAsync();
        foreach (var type in new[] { "run.created", "run.finished", "runner.x", "model.registered" })
        {
            await kernel.Database.WriteAsync(async t => await kernel.Log.AppendAsync(t, Event(type)));
        }

        var runs = await kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "run.*"));

        Assert.Equal(["run.created", "run.finished"], runs.Select(e => e.Type));
    }

    [Fact]
    public async Task A_subscriber_sees_each_event_once_and_a_failing_event_is_set_aside_loudly()
    {
        await using var kernel = await TestKernel.StartAsync();
        foreach (var type in new[] { "good.one", "bad.one", "good.one", "other.one" })
        {
            await kernel.Database.WriteAsync(async t => await kernel.Log.AppendAsync(t, Event(type)));
        }

        var subscriber = new Recorder();
        var loop = new SubscriptionReconciler(
            subscriber,
            kernel.Database,
            kernel.Log,
            NullLogger<SubscriptionReconciler>.Instance
        );
        var lease = await kernel.Leases.TryAcquireAsync(loop.Name, "me", TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10; i++)
        {
            await loop.ReconcileAsync(lease!, TestContext.Current.CancellationToken);
        }

        Assert.Equal([1, 3], subscriber.Seen);
        Assert.Equal(0, await loop.PendingAsync());
        Assert.Single(await kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "subscriber.gaveup")));
    }

    [Fact]
    public async Task A_subscriber_without_the_lease_in_force_changes_nothing()
    {
        await using var kernel = await TestKernel.StartAsync();
        await kernel.Database.WriteAsync(async t => await kernel.Log.AppendAsync(t, Event("good.one")));
        var subscriber = new Recorder();
        var loop = new SubscriptionReconciler(
            subscriber,
            kernel.Database,
            kernel.Log,
            NullLogger<SubscriptionReconciler>.Instance
        );
        var stale = await kernel.Leases.TryAcquireAsync(loop.Name, "first", TimeSpan.FromSeconds(1));
        kernel.Time.Advance(TimeSpan.FromSeconds(2));
        await kernel.Leases.TryAcquireAsync(loop.Name, "second", TimeSpan.FromMinutes(1));

        await loop.ReconcileAsync(stale!, TestContext.Current.CancellationToken);

        Assert.Empty(subscriber.Seen);
        Assert.Equal(1, await loop.PendingAsync());
    }

    private sealed class Recorder : EventSubscriber
    {
        public List<long> Seen { get; } = [];

        public override string Name => "recorder";

        public override IReadOnlyCollection<string> Types => ["good.one", "bad.one"];

        public override Task HandleAsync(Transaction transaction, LoggedEvent e)
        {
            if (e.Type == "bad.one")
            {
                throw new InvalidOperationException("cannot");
            }

            Seen.Add(e.Position);
            return Task.CompletedTask;
        }
    }
}
