using Microsoft.Extensions.Time.Testing;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

/// <summary>Sweeps of a program.</summary>
[Trait("Requirement", "R9")]
public sealed class SweepRunTests
{
    [Fact]
    public async Task Trials_run_at_once_as_many_as_wanted()
    {
        var (space, x) = Line();
        var (running, most) = (0, 0);
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var report = await Sweep.RunAsync(
            space,
            Search.Tpe(20) with
            {
                Parallel = 4,
            },
            async trial =>
            {
                // The first four wait for each other: one at a time would never end.
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                if (now == 4)
                {
                    together.TrySetResult();
                }
                await together.Task;
                Interlocked.Decrement(ref running);
                return trial.Get(x);
            },
            cancellation: TestContext.Current.CancellationToken
        );

        Assert.Equal(4, most);
        Assert.Equal(Enumerable.Range(0, 20), report.Trials.Select(trial => trial.Number));
    }

    [Fact]
    public async Task Trials_that_block_run_at_once_as_many_as_wanted_too()
    {
        var (space, x) = Line();
        const int AtOnce = 32;
        using var all = new Barrier(AtOnce);

        var report = await Sweep.RunAsync(
            space,
            Search.Random(AtOnce) with
            {
                Parallel = AtOnce,
            },
            trial =>
            {
                // The pool would come to so many threads too, but slowly, and at the cost of whoever else needs them.
                Assert.False(Thread.CurrentThread.IsThreadPoolThread);
                Assert.True(all.SignalAndWait(TimeSpan.FromMinutes(2), trial.Cancellation));
                return Task.FromResult(trial.Get(x));
            },
            cancellation: TestContext.Current.CancellationToken
        );

        Assert.All(report.Trials, trial => Assert.Equal((TrialState.Completed, null), (trial.State, trial.Note)));
    }

    [Fact]
    public async Task A_trial_that_fails_is_kept_as_failed_and_the_others_go_on()
    {
        var (space, x) = Line();

        var report = await Sweep.RunAsync(
            space,
            Search.Tpe(30) with
            {
                Parallel = 3,
            },
            trial =>
                trial.Number switch
                {
                    3 => throw new InvalidOperationException("no luck"),
                    4 => Task.FromResult(double.NaN),
                    _ => Task.FromResult(trial.Get(x)),
                },
            cancellation: TestContext.Current.CancellationToken
        );

        Assert.Equal(30, report.Trials.Count);
        Assert.Equal("InvalidOperationException: no luck", report.Trials[3].Note);
        Assert.Equal("It gave NaN.", report.Trials[4].Note);
        Assert.All([3, 4], number => Assert.Equal(TrialState.Failed, report.Trials[number].State));
        Assert.Equal([3, 4], report.Leaderboard.TakeLast(2).Select(trial => trial.Number).Order());
        Assert.Equal(
            report.Trials.Where(trial => trial.Value is not null).Min(trial => trial.Value),
            report.Best!.Value
        );
    }

    [Fact]
    public async Task A_sweep_of_which_every_trial_fails_has_no_best_one()
    {
        var (space, _) = Line();

        var report = await Sweep.RunAsync(
            space,
            Search.Tpe(15),
            _ => Task.FromException<double>(new IOException("never")),
            cancellation: TestContext.Current.CancellationToken
        );

        Assert.Null(report.Best);
        Assert.Equal(15, report.Trials.Count);
        Assert.Empty(report.Importance);
    }

    [Fact]
    public async Task A_sweep_that_is_called_off_ends_when_its_trials_have()
    {
        var (space, _) = Line();
        using var cancel = new CancellationTokenSource();
        var ended = new List<TrialRecord>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Sweep.RunAsync(
                space,
                Search.Random(100) with
                {
                    Parallel = 2,
                },
                async trial =>
                {
                    if (trial.Number == 5)
                    {
                        await cancel.CancelAsync();
                        trial.Cancellation.ThrowIfCancellationRequested();
                    }
                    return 1;
                },
                new() { OnTrial = ended.Add },
                cancel.Token
            )
        );

        Assert.InRange(ended.Count, 5, 7);
        Assert.Contains(ended, trial => trial.Number == 5 && trial.State == TrialState.Failed);
    }

    [Fact]
    public async Task No_trial_begins_once_a_sweep_is_called_off_however_late_others_hear_of_it()
    {
        var (space, _) = Line();
        using var cancel = new CancellationTokenSource();
        using var over = new ManualResetEventSlim();
        var told = Task.CompletedTask;
        var begun = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Sweep.RunAsync(
                space,
                Search.Random(100) with
                {
                    Parallel = 1,
                },
                trial =>
                {
                    if (Interlocked.Increment(ref begun) == 3)
                    {
                        // The last who registers is told first, and keeps all others waiting.
                        cancel.Token.Register(() => over.Wait(TimeSpan.FromMinutes(2)));
                        told = cancel.CancelAsync();
                    }
                    return Task.FromResult(1.0);
                },
                cancellation: cancel.Token
            )
        );

        over.Set();
        await told;
        Assert.Equal(3, begun);
    }

    [Fact]
    public async Task Who_throws_when_told_of_a_trial_ends_the_sweep_and_leaves_none_under_way()
    {
        var (space, _) = Line();
        var ended = 0;

        var thrown = await Assert.ThrowsAsync<InvalidDataException>(() =>
            Sweep.RunAsync(
                space,
                Search.Random(100) with
                {
                    Parallel = 2,
                },
                async trial =>
                {
                    if (trial.Number > 0)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, trial.Cancellation)
                            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                        Interlocked.Increment(ref ended);
                    }

                    return 1;
                },
                new() { OnTrial = _ => throw new InvalidDataException("No room to write it down.") }
            )
        );

        Assert.Contains("No room", thrown.Message);
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task No_trial_begins_when_the_time_is_over()
    {
        var (space, _) = Line();
        var clock = new FakeTimeProvider();

        var report = await Sweep.RunAsync(
            space,
            Search.Random(100) with
            {
                Parallel = 1,
            },
            trial =>
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult((double)trial.Number);
            },
            new() { Within = TimeSpan.FromMinutes(10), Time = clock },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(10, report.Trials.Count);
        Assert.Contains("with 10 of 100 trials", Assert.Single(report.Notes));
    }

    [Fact]
    [Trait("Requirement", "R10")]
    public async Task Trainers_and_transforms_are_searched_together_and_ranked()
    {
        var (space, value) = Landscape.Trainers();

        var report = await Sweep.RunAsync(
            space,
            Search.Tpe(100) with
            {
                Parallel = 1,
            },
            trial => Task.FromResult(value(trial)),
            cancellation: TestContext.Current.CancellationToken
        );

        var best = report.BestOfEach("trainer");
        Assert.Equal(["boosted", "forest", "linear"], best.Select(trial => trial.Parameters.Get<string>("trainer")));
        Assert.Equal("standard", report.Best!.Parameters.Get<string>("scaling"));
        Assert.Equal(
            report.Leaderboard.Select(trial => trial.Value).Order(),
            report.Leaderboard.Select(trial => trial.Value)
        );
        Assert.Equal(5, report.Importance.Count);
        var text = report.ToText(trials: 3).Split('\n');
        Assert.StartsWith("   1  ", text[0]);
        Assert.Contains("trainer=boosted", text[0]);
        Assert.StartsWith("explained by ", text[3]);
    }

    [Fact]
    public async Task A_trial_reports_growing_steps()
    {
        var (space, _) = Line();

        var report = await Sweep.RunAsync(
            space,
            Search.Random(1),
            trial =>
            {
                trial.ShouldStop(1, 1);
                trial.ShouldStop(1, 1);
                return Task.FromResult(1.0);
            },
            cancellation: TestContext.Current.CancellationToken
        );

        Assert.Contains("step 1 after 1 others", report.Trials[0].Note);
    }

    private static (SearchSpace Space, SearchParameter<double> X) Line()
    {
        var space = new SearchSpace();
        return (space, space.Uniform("x", 0, 1));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        var seen = Volatile.Read(ref most);
        while (value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
            seen = Volatile.Read(ref most);
        }
    }
}
