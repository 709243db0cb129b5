using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Partitions;

/// <summary>
/// Partitions that follow each other without a gap on the clock of a time zone. A period lasts from the first instant at which the clock
/// shows its beginning to the first at which it shows the next one's: a day has 23 or 25 hours twice a year, an hour that the clock
/// shows twice is one partition of two hours, and of one that it skips there is none.
/// </summary>
internal sealed class TimePartitions : PartitionScheme
{
    private const int YearMax = 9000;
    private const string DayFormat = "yyyy-MM-dd";
    private const string HourFormat = "yyyy-MM-dd'T'HH";

    private readonly string _kind;
    private readonly DateTime _start;
    private readonly ZoneClock _clock;

    public TimePartitions(PartitionsManifest manifest)
    {
        _kind = manifest.Kind;
        _start = ParseStart(manifest) ?? throw new RondoException(ErrorCode.Internal, "Partitions without a start.");
        _clock = new ZoneClock(
            manifest.TimeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(manifest.TimeZone)
        );
    }

    public override bool NewestFirst => true;

    /// <summary>The beginning of the first partition on the zone's clock; null where it is not written as one.</summary>
    public static DateTime? ParseStart(PartitionsManifest manifest) =>
        Parse(manifest.Start, DayFormat)
        ?? (manifest.Kind == PartitionKinds.Hourly ? Parse(manifest.Start, HourFormat) : null);

    public override PartitionPlace Find(string key)
    {
        if (Parse(key, Format) is not { } local)
        {
            throw Unknown(key, $"Write it as {KeyOf(_start)}.");
        }

        if (local < _start)
        {
            throw Unknown(key, $"The first is {KeyOf(_start)}.");
        }

        if (local.Year > YearMax)
        {
            throw Unknown(key, $"The years end with {YearMax}.");
        }

        var position = PositionAt(local);
        return LocalOf(position) != local
            ? throw Unknown(key, $"It is in the {Noun} that begins {KeyOf(LocalOf(position))}.")
            : At(position) ?? throw Unknown(key, $"The clock of the time zone shows no such {Noun}.");
    }

    public override PartitionPlace? At(long position)
    {
        if (position < 0)
        {
            return null;
        }

        var (from, to) = (_clock.FirstAt(LocalOf(position)), _clock.FirstAt(LocalOf(position + 1)));
        return from == to ? null : new PartitionPlace(KeyOf(LocalOf(position)), position, from, to);
    }

    public override PartitionPlace? NewestComplete(DateTimeOffset now)
    {
        for (var position = End(now) - 1; position >= 0; position--)
        {
            if (At(position) is { } place && place.To <= now)
            {
                return place;
            }
        }

        return null;
    }

    public override long End(DateTimeOffset now)
    {
        if (_clock.FirstAt(_start) > now)
        {
            return 0;
        }

        // The clock may have been set back since: then what it shows has begun before, and something later too.
        var end = Math.Max(0, PositionAt(_clock.At(now)));
        while (_clock.FirstAt(LocalOf(end)) <= now)
        {
            end++;
        }

        return end;
    }

    public override long Count(DateTimeOffset now)
    {
        var end = End(now);
        return _kind == PartitionKinds.Hourly ? CountHours(end) : end - Skipped(0, end);
    }

    private string Format => _kind == PartitionKinds.Hourly ? HourFormat : DayFormat;

    private string Noun =>
        _kind switch
        {
            PartitionKinds.Hourly => "hour",
            PartitionKinds.Daily => "day",
            PartitionKinds.Weekly => "week",
            _ => "month",
        };

    // Hours are skipped on days that are shorter than 24 hours, and on no other.
    private long CountHours(long end)
    {
        var skipped = 0L;
        for (var position = 0L; position < end; position += 24)
        {
            var (from, to) = (LocalOf(position), LocalOf(Math.Min(end, position + 24)));
            if (_clock.FirstAt(to) - _clock.FirstAt(from) < to - from)
            {
                skipped += Skipped(position, Math.Min(end, position + 24));
            }
        }

        return end - skipped;
    }

    private long Skipped(long from, long end)
    {
        var skipped = 0L;
        for (var position = from; position < end; position++)
        {
            skipped += At(position) is null ? 1 : 0;
        }

        return skipped;
    }

    private string KeyOf(DateTime local) => local.ToString(Format, CultureInfo.InvariantCulture);

    private DateTime LocalOf(long position) =>
        _kind switch
        {
            PartitionKinds.Hourly => _start.AddHours(position),
            PartitionKinds.Daily => _start.AddDays(position),
            PartitionKinds.Weekly => _start.AddDays(7 * position),
            _ => _start.AddMonths((int)position),
        };

    // The position of the period that a time on the clock is in; of one before the start, a negative one.
    private long PositionAt(DateTime local) =>
        _kind switch
        {
            PartitionKinds.Hourly => (long)Math.Floor((local - _start).TotalHours),
            PartitionKinds.Daily => (long)Math.Floor((local - _start).TotalDays),
            PartitionKinds.Weekly => (long)Math.Floor((local - _start).TotalDays / 7),
            _ => ((local.Year - _start.Year) * 12) + local.Month - _start.Month - (local.Day < _start.Day ? 1 : 0),
        };

    private RondoException Unknown(string key, string mend) =>
        new(ErrorCode.InvalidArgument, $"'{key}' is not the key of a partition: they are {_kind}.", mend);

    private static DateTime? Parse(string? text, string format) =>
        DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : null;
}
