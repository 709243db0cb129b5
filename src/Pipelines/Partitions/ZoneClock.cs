namespace Rondo.Pipelines.Partitions;

/// <summary>
/// When the clock of a time zone shows a time. Rests on nothing but the offset of the zone at an instant, so that every kind of
/// transition is treated alike: an hour, half an hour, or a day that a country left out.
/// </summary>
internal sealed class ZoneClock(TimeZoneInfo zone)
{
    // No clock of a zone was ever moved by more than a day, nor stood further than this from UTC.
    private static readonly TimeSpan s_offsetMax = TimeSpan.FromHours(26);

    /// <summary>What the clock shows at an instant.</summary>
    public DateTime At(DateTimeOffset instant) => instant.UtcDateTime + zone.GetUtcOffset(instant);

    /// <summary>
    /// The first instant at which the clock shows the time or a later one. Of a time that it shows twice that is the first; of a
    /// time that it skips, the instant at which it jumps.
    /// </summary>
    public DateTimeOffset FirstAt(DateTime local)
    {
        var naive = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), TimeSpan.Zero);
        var before = zone.GetUtcOffset(naive - s_offsetMax);
        var after = zone.GetUtcOffset(naive + s_offsetMax);
        if (before == after && zone.GetUtcOffset(naive - before) == before)
        {
            return naive - before;
        }

        return Shown(naive, before, after) ?? JumpOver(naive, local);
    }

    /// <summary>When the clock is moved between two instants; null when it is not.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset from, DateTimeOffset to)
    {
        var offset = zone.GetUtcOffset(from);
        if (zone.GetUtcOffset(to) == offset)
        {
            return null;
        }

        var (same, changed) = (from.UtcTicks, to.UtcTicks);
        while (changed - same > 1)
        {
            var middle = same + (changed - same) / 2;
            if (zone.GetUtcOffset(new DateTimeOffset(middle, TimeSpan.Zero)) == offset)
            {
                same = middle;
            }
            else
            {
                changed = middle;
            }
        }

        return new DateTimeOffset(changed, TimeSpan.Zero);
    }

    // The earliest instant at which exactly this time is shown. Around it no offset is in force but the two on its sides.
    private DateTimeOffset? Shown(DateTimeOffset naive, TimeSpan before, TimeSpan after)
    {
        foreach (var offset in before >= after ? [before, after] : (TimeSpan[])[after, before])
        {
            if (zone.GetUtcOffset(naive - offset) == offset)
            {
                return naive - offset;
            }
        }

        return null;
    }

    private DateTimeOffset JumpOver(DateTimeOffset naive, DateTime local)
    {
        var (shown, past) = ((naive - s_offsetMax).UtcTicks, (naive + s_offsetMax).UtcTicks);
        while (past - shown > 1)
        {
            var middle = shown + (past - shown) / 2;
            if (At(new DateTimeOffset(middle, TimeSpan.Zero)) >= local)
            {
                past = middle;
            }
            else
            {
                shown = middle;
            }
        }

        return new DateTimeOffset(past, TimeSpan.Zero);
    }
}
