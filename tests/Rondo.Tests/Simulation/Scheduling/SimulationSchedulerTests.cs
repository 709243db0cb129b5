namespace Rondo.Tests.Simulation.Scheduling;

public sealed class SimulationSchedulerTests
{
    private readonly Trace _trace = new(verbose: true);

    [Fact]
    public void Time_passes_only_when_nothing_can_run()
    {
        var scheduler = Scheduler(disorder: 1);
        var process = scheduler.NewProcess("one");
        var order = new List<string>();

        Run(
            scheduler,
            process.Start(async () =>
            {
                var late = Note("late", 20);
                var soon = Note("soon", 10);
                order.Add($"begun at {scheduler.NowMs}");
                await Task.WhenAll(late, soon);
            })
        );

        Assert.Equal(["begun at 0", "soon at 10", "late at 20"], order);

        async Task Note(string name, int ms)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), process.Clock);
            order.Add($"{name} at {scheduler.NowMs}");
        }
    }

    [Fact]
    public void A_killed_process_never_goes_on_and_a_paused_one_goes_on_later()
    {
        var scheduler = Scheduler(disorder: 1);
        var (client, killed, paused) = (
            scheduler.NewProcess("client"),
            scheduler.NewProcess("killed"),
            scheduler.NewProcess("paused")
        );
        var order = new List<string>();
        killed.Start(() => Count(killed));
        paused.Start(() => Count(paused));

        Run(
            scheduler,
            client.Start(async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(15), client.Clock);
                killed.Kill("by the test");
                paused.Pause(100);
                await Task.Delay(TimeSpan.FromMilliseconds(200), client.Clock);
            })
        );

        Assert.Equal(["killed 10", "paused 10", "paused 115", "paused 125"], order.Order(StringComparer.Ordinal));

        async Task Count(SimulatedProcess process)
        {
            for (var i = 0; i < 3; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), process.Clock);
                order.Add($"{process} {scheduler.NowMs}");
            }
        }
    }

    [Fact]
    public void What_escapes_to_another_thread_fails_the_seed()
    {
        var scheduler = Scheduler(disorder: 0);
        var process = scheduler.NewProcess("one");

        var failure = Assert.Throws<Violation>(() =>
            Run(
                scheduler,
                process.Start(async () =>
                {
                    // It ends on another thread, and not before somebody here waits for it.
                    using var waited = new ManualResetEventSlim();
                    var back = BackFrom(Task.Run(() => waited.Wait()));
                    waited.Set();
                    while (!back.IsCompleted)
                    {
                        await Turn();
                    }

                    await Task.Delay(TimeSpan.FromDays(2), process.Clock);
                })
            )
        );

        Assert.Contains("thread", failure.Message);

        static async Task BackFrom(Task elsewhere) => await elsewhere;

        static async Task Turn() => await Task.Yield();
    }

    [Fact]
    public void It_is_a_failure_when_everybody_waits_for_what_will_not_come()
    {
        var scheduler = Scheduler(disorder: 0);

        Assert.Throws<Violation>(() => Run(scheduler, scheduler.NewProcess("one").Start(() => SimulatedProcess.Never)));
    }

    private SimulationScheduler Scheduler(double disorder) =>
        new(new Random(1), new Ordering(disorder, Leap: 0, LeapMsMax: 1), _trace);

    private static void Run(SimulationScheduler scheduler, Task task) =>
        scheduler.Run(task, timeMsMax: (long)TimeSpan.FromDays(1).TotalMilliseconds, stepsMax: 10_000_000);
}
