using System.Globalization;
using CsCheck;
using Rondo.Pipelines;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What a schedule does about times that passed while nobody looked, and about clocks that jump.</summary>
[Trait("Requirement", "R84")]
public sealed class CatchUpTests
{
    private static readonly DateTimeOffset s_start = At("2024-05-01T00:00:00Z");

    [Theory]
    [InlineData(null, "2024-05-04T03:00:00Z", 3)]
    [InlineData("latest", "2024-05-04T03:00:00Z", 3)]
    [InlineData("all", "2024-05-01T03:00:00Z", 0)]
    [InlineData("none", null, 4)]
    public void Four_missed_days_are_made_up_for_as_the_policy_says(string? policy, string? due, int missed)
    {
        var step = CatchUp.Step(Daily(policy), At("2024-05-01T03:00:00Z"), At("2024-05-04T12:00:00Z"));

        Assert.Equal(due is null ? null : At(due), step.Due);
        Assert.Equal(missed, step.Missed);
        Assert.Equal(missed > 0 ? At("2024-05-01T03:00:00Z") : null, step.MissedFrom);
        Assert.Equal(At(policy == "all" ? "2024-05-02T03:00:00Z" : "2024-05-05T03:00:00Z"), step.Mark);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("latest")]
    [InlineData("all")]
    public void A_time_that_is_looked_at_at_once_has_its_run_whatever_the_policy(string policy)
    {
        var step = CatchUp.Step(Daily(policy), At("2024-05-01T03:00:00Z"), At("2024-05-01T03:00:20Z"));

        Assert.Equal(new ScheduleStep(At("2024-05-01T03:00:00Z"), At("2024-05-02T03:00:00Z")), step);
    }

    [Fact]
    public void Of_more_times_than_are_made_up_for_the_oldest_are_lost_and_counted()
    {
        var mark = At("2024-01-01T03:00:00Z");

        var step = CatchUp.Step(Daily("all"), mark, mark.AddDays(CatchUp.TimesMax + 4));

        Assert.Equal((mark.AddDays(5), 5), (step.Due, step.Missed));
        Assert.Equal((mark, mark.AddDays(4)), (step.MissedFrom, step.MissedTo));
        Assert.Equal(mark.AddDays(6), step.Mark);
    }

    [Fact]
    public void Years_of_missed_minutes_are_counted_up_to_a_bound()
    {
        var step = CatchUp.Step(new TriggerManifest(TriggerKinds.Schedule, "* * * * *"), s_start.AddYears(-5), s_start);

        Assert.Equal((s_start, CatchUp.CountMax), (step.Due, step.Missed));
    }

    [Fact]
    public void With_all_every_time_has_its_run_however_seldom_anybody_looks() =>
        Gen.Int[1, 3000]
            .Array[1, 12]
            .Sample(
                waits =>
                {
                    var model = new Model(Hourly("all"), s_start);
                    foreach (var wait in waits)
                    {
                        model.Look(model.Now.AddMinutes(wait));
                    }

                    var due = Schedule.Of(Hourly("all")).Newest(s_start, model.Now, 10_000).Skip(1).ToList();
                    Assert.Equal(due.Count, model.Fired.Count + model.Missed);
                    Assert.Equal(due.Where(model.Fired.Contains), model.Fired);
                    Assert.True(waits.Max() > 60 * CatchUp.TimesMax || model.Missed == 0);
                },
                iter: 300
            );

    [Fact]
    public void However_the_clock_jumps_no_time_has_two_runs_and_none_is_forgotten_when_it_comes() =>
        Gen.Select(Pick.From("none", "latest", "all"), Gen.Int[-5000, 5000].Array[1, 10])
            .Sample(
                (policy, jumps) =>
                {
                    var model = new Model(Hourly(policy), s_start);
                    foreach (var jump in jumps)
                    {
                        model.Look(model.Now.AddMinutes(jump));
                        // Now the clock runs for three hours as it should.
                        var from = model.Now;
                        for (var minute = 0; minute < 180; minute++)
                        {
                            model.Look(model.Now.AddSeconds(60));
                        }

                        var came = Schedule.Of(Hourly(policy)).Newest(from + TimeSpan.FromTicks(1), model.Now, 100);
                        Assert.InRange(came.Count, 2, 3);
                        Assert.All(came, due => Assert.Contains(due, model.Fired));
                    }

                    Assert.Equal(model.Fired.Count, model.Fired.Distinct().Count());
                },
                iter: 200
            );

    private static TriggerManifest Daily(string? policy) =>
        new(TriggerKinds.Schedule, "0 3 * * *") { CatchUp = policy };

    private static TriggerManifest Hourly(string policy) =>
        new(TriggerKinds.Schedule, "0 * * * *") { CatchUp = policy };

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    /// <summary>A schedule as the engine keeps it: a mark, what the clock showed, and the times that have had their run.</summary>
    private sealed class Model(TriggerManifest trigger, DateTimeOffset start)
    {
        private DateTimeOffset? _mark = Schedule.Of(trigger).NextAfter(start);
        private DateTimeOffset _marked = start;

        public DateTimeOffset Now { get; private set; } = start;

        public List<DateTimeOffset> Fired { get; } = [];

        public int Missed { get; private set; }

        public void Look(DateTimeOffset now)
        {
            Now = now;
            if (_marked > now)
            {
                (_mark, _marked) = (CatchUp.AfterClockWentBack(trigger, _mark, now), now);
            }

            while (_mark <= now)
            {
                var step = CatchUp.Step(trigger, _mark.Value, now);
                (_mark, _marked) = (step.Mark, now);
                Missed += step.Missed;
                if (step.Due is { } due && !Fired.Contains(due))
                {
                    Fired.Add(due);
                }
            }
        }
    }
}
