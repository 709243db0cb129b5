using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// What a schedule does now. <paramref name="Due"/> is the time to start a run for (null: none), <paramref name="Mark"/> the first time that
/// has not been looked at after that. The <paramref name="Missed"/> times from <paramref name="MissedFrom"/> to <paramref name="MissedTo"/>
/// get no run of their own.
/// </summary>
internal sealed record ScheduleStep(
    DateTimeOffset? Due,
    DateTimeOffset? Mark,
    int Missed = 0,
    DateTimeOffset? MissedFrom = null,
    DateTimeOffset? MissedTo = null
);

/// <summary>What a schedule does about times that passed while nobody looked.</summary>
internal static class CatchUp
{
    /// <summary>They are lost.</summary>
    public const string None = "none";

    /// <summary>One run, for the newest of them. The default.</summary>
    public const string Latest = "latest";

    /// <summary>A run for each, oldest first.</summary>
    public const string All = "all";

    /// <summary>The most times that <see cref="All"/> makes up for; the oldest of more than these are lost.</summary>
    public const int TimesMax = 100;

    /// <summary>Where more times were missed, their exact number is not counted.</summary>
    public const int CountMax = 10_000;

    /// <summary>A time that passed longer ago than this was missed.</summary>
    public static readonly TimeSpan MissedAfter = TimeSpan.FromMinutes(1);

    /// <summary>The next thing to do for times from the mark to now.</summary>
    public static ScheduleStep Step(TriggerManifest trigger, DateTimeOffset mark, DateTimeOffset now)
    {
        var schedule = Schedule.Of(trigger);
        var policy = trigger.CatchUp ?? Latest;
        var kept = schedule.Newest(mark, now, policy == All ? TimesMax : 1);
        if (policy == None)
        {
            kept = [.. kept.Where(due => !IsMissed(due, now))];
        }

        var next = schedule.NextAfter(now);
        if (kept.Count == 0)
        {
            return Passed(schedule, new ScheduleStep(null, next), mark, now);
        }

        // What is left of 'all' stays behind the mark, to be done one by one.
        var step = new ScheduleStep(kept[0], kept.Count > 1 ? kept[1] : next);
        return Passed(schedule, step, mark, kept[0] - TimeSpan.FromTicks(1));
    }

    /// <summary>Whether nobody looked when the time came.</summary>
    public static bool IsMissed(DateTimeOffset due, DateTimeOffset now) => now - due > MissedAfter;

    /// <summary>
    /// The mark of a schedule that was made when the clock showed a later time than now: whatever comes from now on is looked at again.
    /// Times that have had their run are known, and get no second one.
    /// </summary>
    public static DateTimeOffset? AfterClockWentBack(TriggerManifest trigger, DateTimeOffset? mark, DateTimeOffset now)
    {
        var next = Schedule.Of(trigger).NextAfter(now);
        return mark is { } at && (next is null || at < next) ? at : next;
    }

    private static ScheduleStep Passed(Schedule schedule, ScheduleStep step, DateTimeOffset from, DateTimeOffset to)
    {
        var missed = to < from ? 0 : schedule.Count(from, to, CountMax);
        return missed == 0
            ? step
            : step with
            {
                Missed = missed,
                MissedFrom = schedule.NextAfter(from - TimeSpan.FromTicks(1)),
                MissedTo = schedule.Newest(from, to, 1)[0],
            };
    }
}
