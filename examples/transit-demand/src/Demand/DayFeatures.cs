namespace TransitDemand;

/// <summary>A day with what its date alone says about it.</summary>
public sealed record DayFeatures : Day
{
    public DayFeatures() { }

    private DayFeatures(Day day)
        : base(day) { }

    /// <summary>Mon, Tue, …</summary>
    public string Weekday { get; init; } = "";

    /// <summary>Holiday, Bridge, … (see <see cref="Calendar.KindOf"/>).</summary>
    public string DayKind { get; init; } = "";

    /// <summary>The kind of the day two weeks earlier, from which the station counts are: they are low after a holiday.</summary>
    public string LagDayKind { get; init; } = "";

    /// <summary>1 on a workday.</summary>
    public float Workday { get; init; }

    /// <summary>1 if the day two weeks earlier was a workday.</summary>
    public float LagWorkday { get; init; }

    // The season, as two waves a year.
    public float YearSin1 { get; init; }
    public float YearCos1 { get; init; }
    public float YearSin2 { get; init; }
    public float YearCos2 { get; init; }

    // What the evaluation looks at one by one; no inputs of the model.
    public string Season { get; init; } = "";
    public string GameDay { get; init; } = "";

    public static DayFeatures Of(Day day)
    {
        var lag = day.Date.AddDays(-Calendar.LagDays);
        var angle = 2 * Math.PI * (day.Date.DayOfYear - 1) / 365.25;
        return new(day)
        {
            Weekday = day.Date.DayOfWeek.ToString()[..3],
            DayKind = Calendar.KindOf(day.Date).ToString(),
            LagDayKind = Calendar.KindOf(lag).ToString(),
            Workday = Calendar.IsWorkday(day.Date) ? 1 : 0,
            LagWorkday = Calendar.IsWorkday(lag) ? 1 : 0,
            YearSin1 = (float)Math.Sin(angle),
            YearCos1 = (float)Math.Cos(angle),
            YearSin2 = (float)Math.Sin(2 * angle),
            YearCos2 = (float)Math.Cos(2 * angle),
            Season = Calendar.SeasonOf(day.Date),
            GameDay = day.BlackhawksHome + day.BullsHome + day.BearsHome > 0 ? "home game" : "no home game",
        };
    }
}
