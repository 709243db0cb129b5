using System.Globalization;
using Rondo.Serving.Changes;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Serving;

/// <summary>
/// Wherever a server is killed between two steps of a change, and however two servers come between each other, each endpoint is changed once or not
/// at all, and the change ends.
/// </summary>
[Trait("Requirement", "R144")]
public sealed class ChangeCrashTests
{
    private const int PlacesMax = 100;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_before_any_transaction_another_server_finishes_the_change(bool goesBack)
    {
        await using var scene = await ChangeScene.StartAsync(stations: 3);
        for (var place = 1; place < PlacesMax; place++)
        {
            var change = await PrepareAsync(scene, place, goesBack);
            var killed = new InterleavedDatabase(scene.Serving.Kernel.Database)
            {
                Before = number => number == place ? throw new KilledException() : Task.CompletedTask,
            };
            var died = false;
            try
            {
                await scene.TurnAsync(scene.Server(killed));
            }
            catch (KilledException)
            {
                died = true;
            }

            await scene.TurnAsync(scene.Server(scene.Serving.Kernel.Database));

            await CheckAsync(scene, change, goesBack);
            if (!died)
            {
                return;
            }
        }

        Assert.Fail("The loop does not end.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task However_one_server_comes_between_the_transactions_of_the_other_nothing_is_done_twice(
        bool goesBack
    )
    {
        await using var scene = await ChangeScene.StartAsync(stations: 3);
        var other = scene.Server(scene.Serving.Kernel.Database);
        for (var place = 1; place < PlacesMax; place++)
        {
            var change = await PrepareAsync(scene, place, goesBack);
            var one = new InterleavedDatabase(scene.Serving.Kernel.Database);
            one.Before = number => number == place ? scene.TurnAsync(other) : Task.CompletedTask;

            await scene.TurnAsync(scene.Server(one));
            await scene.TurnAsync(other);

            await CheckAsync(scene, change, goesBack);
            if (one.Transactions < place)
            {
                return;
            }
        }

        Assert.Fail("The loop does not end.");
    }

    // On a shared database (RONDO_TEST_DATABASE=postgres) their statements overlap.
    [Fact]
    public async Task At_full_speed_two_servers_change_each_endpoint_once()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 8);
        var database = scene.Serving.Kernel.Database;
        for (var round = 1; round <= 10; round++)
        {
            var change = await PrepareAsync(scene, round, goesBack: false);
            await Task.WhenAll(
                Enumerable.Range(0, 2).Select(_ => Task.Run(() => scene.TurnAsync(scene.Server(database))))
            );
            await scene.TurnAsync(scene.Server(database));
            await CheckAsync(scene, change, goesBack: false);
        }
    }

    [Fact]
    public async Task A_server_without_the_lease_changes_nothing()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var server = scene.Server(scene.Serving.Kernel.Database);
        var held = await scene.Serving.Kernel.Leases.TryAcquireAsync(server.Name, "test", TimeSpan.FromDays(10_000));
        await scene.StartAsync(ChangeScene.Request());

        Assert.False(await server.ReconcileAsync(held! with { Fence = held.Fence - 1 }, CancellationToken.None));

        Assert.Equal([0.2, 0.2], await scene.LimitsAsync());
    }

    // One that goes back has changed all, and an alert has come.
    private static async Task<EndpointChange> PrepareAsync(ChangeScene scene, int place, bool goesBack)
    {
        var value = (1 + place).ToString(CultureInfo.InvariantCulture);
        var change = await scene.StartAsync(
            ChangeScene.Request(value, goesBack ? "100%" : "1,100%", goesBack ? "10m" : "0s")
        );
        if (goesBack)
        {
            await scene.TurnAsync(scene.Server(scene.Serving.Kernel.Database));
            await scene.AlertAsync("station-2");
        }

        return change;
    }

    private static async Task CheckAsync(ChangeScene scene, EndpointChange change, bool goesBack)
    {
        var now = await scene.FindAsync(change.Id);
        Assert.Equal(goesBack ? ChangeState.RolledBack : ChangeState.Completed, now.State);
        var holds = goesBack ? 0.2 : double.Parse(change.Request.Set["drift.psi"], CultureInfo.InvariantCulture);
        Assert.All(await scene.LimitsAsync(), limit => Assert.Equal(holds, limit));
        var times = goesBack ? 2 : 1;
        Assert.All(
            (await scene.UpdatesOfAsync(change)).GroupBy(e => e.Subject),
            updates => Assert.Equal(times, updates.Count())
        );
        var ends = (await scene.Serving.EventsAsync("change.*")).Where(e =>
            e.Subject == change.Id && e.Type is ChangeEvent.Completed or ChangeEvent.RolledBack
        );
        Assert.Single(ends, e => e.Subject == change.Id);
    }

    private sealed class KilledException : Exception;
}
