using Cronos;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// The times of a cron line in its own time zone. A time that the clocks skip in spring (2:30) comes when they have jumped (3:00); one
/// that they pass twice in autumn comes the first time only. A line that repeats within the day (<c>*/30 * * * *</c>) counts
/// hours that pass, not hours on the clock: it comes in both, and in none that is skipped.
/// </summary>
internal sealed class Schedule
{
    private readonly CronExpression _cron;
    private readonly TimeZoneInfo _zone;
    private readonly DateTimeOffset _startAt;
    private readonly DateTimeOffset _endAt;

    private Schedule(TriggerManifest trigger)
    {
        _cron = CronExpression.Parse(trigger.Cron ?? "");
        _zone = trigger.TimeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(trigger.TimeZone);
        _startAt = trigger.StartAt ?? DateTimeOffset.MinValue;
        _endAt = trigger.EndAt ?? DateTimeOffset.MaxValue;
    }

    /// <summary>Throws what the cron parser and the time zones throw: manifests are checked when they are deployed.</summary>
    public static Schedule Of(TriggerManifest trigger) => new(trigger);

    /// <summary>The first time after an instant; null when there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after) =>
        Within(
            after < _startAt
                ? _cron.GetNextOccurrence(_startAt, _zone, inclusive: true)
                : _cron.GetNextOccurrence(after, _zone)
        );

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

    /// <summary>The clock of the schedule's zone at an instant.</summary>
    public DateTimeOffset Local(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, _zone);

    private IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        var (first, last) = (from < _startAt ? _startAt : from, to > _endAt ? _endAt : to);
        return first > last
            ? []
            : _cron.GetOccurrences(first, last, _zone, fromInclusive: true, toInclusive: true).Select(Utc);
    }

    private DateTimeOffset? Within(DateTimeOffset? time) => time is { } at && at <= _endAt ? Utc(at) : null;

    private static DateTimeOffset Utc(DateTimeOffset time) => time.ToUniversalTime();
}
