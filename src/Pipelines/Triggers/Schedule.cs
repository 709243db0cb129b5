using Cronos;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// The times of a cron line in its own time zone. Whatever the clocks do, every time that the line names comes: one that they skip when
/// they have jumped (2:30 at 3:00), one that they show twice the first time. A line that repeats (<c>*</c>, a range or a step in its
/// minutes or hours) comes whenever the clock shows one of its times, the second time too, so that no hour is left out.
/// </summary>
/// <remarks>
/// The cron line is matched on the clock alone, as if it were never moved, and <see cref="ZoneClock"/> says when the clock shows that:
/// of the library's own way through time zones, twenty years of Morocco do not come to an end.
/// </remarks>
internal sealed class Schedule
{
    private const int Fields = 5;

    // No clock was ever put back by more than a day.
    private static readonly TimeSpan s_setBackMax = TimeSpan.FromHours(26);

    private readonly CronExpression _cron;
    private readonly ZoneClock _clock;
    private readonly DateTimeOffset _startAt;
    private readonly DateTimeOffset _endAt;
    private readonly bool _repeats;

    private Schedule(TriggerManifest trigger)
    {
        var cron = trigger.Cron ?? "";
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != Fields)
        {
            throw new CronFormatException($"it has {fields.Length} fields, not {Fields}");
        }

        _cron = CronExpression.Parse(cron);
        _repeats = (fields[0] + fields[1]).AsSpan().ContainsAny('*', '-', '/');
        _clock = new ZoneClock(
            trigger.TimeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(trigger.TimeZone)
        );
        _startAt = trigger.StartAt ?? DateTimeOffset.MinValue;
        _endAt = trigger.EndAt ?? DateTimeOffset.MaxValue;
    }

    /// <summary>Throws what the cron parser and the time zones throw: manifests are checked when they are deployed.</summary>
    public static Schedule Of(TriggerManifest trigger) => new(trigger);

    /// <summary>The first time after an instant; null when there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        var from = after < _startAt ? _startAt - TimeSpan.FromTicks(1) : after;
        if (FirstShown(from) is not { } first)
        {
            return null;
        }

        var next = _repeats && ShownAgain(from, first) is { } again && again < first ? again : first;
        return next <= _endAt ? next.ToUniversalTime() : null;
    }

    /// <summary>The newest times from <paramref name="from"/> to <paramref name="to"/>, both included, at most so many, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Newest(DateTimeOffset from, DateTimeOffset to, int most)
    {
        // Looks back from the end in growing spans: years may have passed since the beginning.
        for (var span = TimeSpan.FromHours(1); ; span *= 4)
        {
            var begin = to - from <= span ? from : to - span;
            var found = Between(begin, to).ToList();
            if (found.Count >= most || begin == from)
            {
                return found[Math.Max(0, found.Count - most)..];
            }
        }
    }

    /// <summary>How many times there are between two instants, both included; counting ends at <paramref name="most"/>.</summary>
    public int Count(DateTimeOffset from, DateTimeOffset to, int most) => Between(from, to).Take(most).Count();

    /// <summary>What the clock of the schedule's zone shows at an instant.</summary>
    public DateTime Local(DateTimeOffset instant) => _clock.At(instant);

    private IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = NextAfter(from - TimeSpan.FromTicks(1)); at <= to; at = NextAfter(at.Value))
        {
            yield return at.Value;
        }
    }

    // The first instant after one at which the clock shows a time of the line, or jumps over it, and has not before.
    private DateTimeOffset? FirstShown(DateTimeOffset after)
    {
        for (var local = Match(_clock.At(after)); local is not null; local = Match(local.Value))
        {
            var at = _clock.FirstAt(local.Value);
            if (at > after)
            {
                return at;
            }
        }

        return null;
    }

    // The first instant at which the clock, having been put back, shows a time of the line once more.
    private DateTimeOffset? ShownAgain(DateTimeOffset after, DateTimeOffset before)
    {
        var end = before < after + s_setBackMax ? before : after + s_setBackMax;
        var shown = _clock.At(after);
        if (_clock.NextChange(after, end) is { } change)
        {
            return Match(_clock.At(change) - TimeSpan.FromTicks(1)) is { } then
                ? change + (then - _clock.At(change))
                : null;
        }

        return Match(shown) is { } local ? after + (local - shown) : null;
    }

    private DateTime? Match(DateTime after) =>
        _cron.GetNextOccurrence(DateTime.SpecifyKind(after, DateTimeKind.Utc)) is { } match
            ? DateTime.SpecifyKind(match, DateTimeKind.Unspecified)
            : null;
}
