using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

[Trait("Requirement", "R9")]
public sealed class StoppingTests
{
    private const int Epochs = 27;

    [Fact]
    public void The_median_rule_stops_whose_best_is_worse_than_the_median_of_the_means()
    {
        var rule = Stopping.Median(afterTrials: 3, afterSteps: 2);
        // Means up to step 2 of 2, 4 and 6: the median is 4.
        ReportedTrial[] others = [Of(3, 1), Of(5, 3), Of(7, 5)];

        Assert.True(rule.IsHopeless(Of(9, 4.1), others));
        Assert.False(rule.IsHopeless(Of(9, 4), others));
        Assert.False(rule.IsHopeless(Of(3, 9), others));
        Assert.False(rule.IsHopeless(Of(9), others));
        Assert.False(rule.IsHopeless(Of(9, 9), others[..2]));
        Assert.False(rule.IsHopeless(Of(9, 9), [.. others[..2], new ReportedTrial()]));
    }

    [Fact]
    public void What_others_reported_later_does_not_count_for_the_median()
    {
        var rule = Stopping.Median(afterTrials: 1);

        Assert.False(rule.IsHopeless(Of(5), [Of(6, 0, 0, 0)]));
        Assert.True(rule.IsHopeless(Of(7), [Of(6, 0, 0, 0)]));
    }

    [Fact]
    public void Halving_lets_one_in_three_pass_each_rung()
    {
        var rule = Stopping.Halving(from: 1, factor: 3);

        Assert.False(rule.IsHopeless(Of(9), [Of(1)]));
        Assert.True(rule.IsHopeless(Of(9), [Of(1), Of(2)]));
        Assert.False(rule.IsHopeless(Of(0.5), [Of(1), Of(2)]));
        Assert.False(rule.IsHopeless(Of(1, 9), [Of(2, 1), Of(2, 1), Of(2, 1)]));
        Assert.True(rule.IsHopeless(Of(1, 9, 9), [Of(2, 1, 1), Of(2, 1, 1), Of(2, 1, 1)]));
        Assert.False(rule.IsHopeless(Of(1, 9, 0.5), [Of(2, 1, 1), Of(2, 1, 1), Of(2, 1, 1)]));
    }

    [Theory]
    [InlineData("median")]
    [InlineData("halving")]
    public async Task Early_stopping_saves_most_steps_and_keeps_the_best_trial(string rule)
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
        var steps = 0;

        var report = await Sweep.RunAsync(
            space,
            Search.Random(40) with
            {
                Parallel = 1,
                Goal = SearchGoal.Maximize,
            },
            trial =>
            {
                var value = 0.0;
                for (var epoch = 1; epoch <= Epochs; epoch++)
                {
                    steps++;
                    value = trial.Get(x) * (1 - (1.0 / (epoch + 1)));
                    if (trial.ShouldStop(epoch, value))
                    {
                        return Task.FromResult(value);
                    }
                }
                return Task.FromResult(value);
            },
            new() { Stopping = rule == "median" ? Stopping.Median() : Stopping.Halving() },
            TestContext.Current.CancellationToken
        );

        Assert.True(steps < 40 * Epochs / 2, $"{steps} steps");
        Assert.Equal(40, report.Trials.Count);
        Assert.Equal(report.Trials.Max(trial => trial.Parameters.Get(x)), report.Best!.Parameters.Get(x));
        Assert.Equal(Epochs, report.Best.Reported.Count);
        Assert.All(
            report.Trials.Where(trial => trial.State == TrialState.Stopped),
            trial => Assert.Equal($"Stopped at step {trial.Reported.Count}.", trial.Note)
        );
        Assert.DoesNotContain(report.Trials, trial => trial.State == TrialState.Failed);
    }

    private static ReportedTrial Of(params double[] losses)
    {
        var trial = new ReportedTrial { IsCompleted = true };
        trial.Losses.AddRange(losses.Select((loss, index) => new ReportedValue(index + 1, loss)));
        return trial;
    }
}
