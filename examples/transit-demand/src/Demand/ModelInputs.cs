namespace TransitDemand;

/// <summary>What the model takes: the names are those of the columns in training and of the tensors in a request.</summary>
public static class ModelInputs
{
    /// <summary>Inputs that are numbers (FP32).</summary>
    public static IReadOnlyList<NumberInput> Numbers { get; } =
    [
        .. Stations
            .Concat(Weather)
            .Concat(Games)
            .Concat(FromDate)
            .Select(name => new NumberInput(name, Getter<float>(name))),
    ];

    /// <summary>Inputs that are short texts (BYTES).</summary>
    public static IReadOnlyList<TextInput> Texts { get; } =
    [
        .. new[] { nameof(DayFeatures.Weekday), nameof(DayFeatures.DayKind), nameof(DayFeatures.LagDayKind) }.Select(
            name => new TextInput(name, Getter<string>(name))
        ),
    ];

    private static string[] Stations =>
        [
            nameof(Day.Austin),
            nameof(Day.QuincyWells),
            nameof(Day.Belmont),
            nameof(Day.Archer35th),
            nameof(Day.OakPark),
            nameof(Day.Western),
            nameof(Day.ClarkLake),
            nameof(Day.Clinton),
            nameof(Day.MerchandiseMart),
            nameof(Day.IrvingPark),
            nameof(Day.WashingtonWells),
            nameof(Day.Harlem),
            nameof(Day.Monroe),
            nameof(Day.Polk),
            nameof(Day.Ashland),
            nameof(Day.Kedzie),
            nameof(Day.Addison),
            nameof(Day.JeffersonPark),
            nameof(Day.Montrose),
            nameof(Day.California),
        ];

    private static string[] Weather =>
        [
            nameof(Day.TempMin),
            nameof(Day.Temp),
            nameof(Day.TempMax),
            nameof(Day.TempChange),
            nameof(Day.Dew),
            nameof(Day.Humidity),
            nameof(Day.Pressure),
            nameof(Day.PressureChange),
            nameof(Day.Wind),
            nameof(Day.WindMax),
            nameof(Day.Gust),
            nameof(Day.GustMax),
            nameof(Day.Percip),
            nameof(Day.PercipMax),
            nameof(Day.WeatherRain),
            nameof(Day.WeatherSnow),
            nameof(Day.WeatherCloud),
            nameof(Day.WeatherStorm),
        ];

    private static string[] Games =>
        [
            nameof(Day.BlackhawksAway),
            nameof(Day.BlackhawksHome),
            nameof(Day.BullsAway),
            nameof(Day.BullsHome),
            nameof(Day.BearsAway),
            nameof(Day.BearsHome),
        ];

    private static string[] FromDate =>
        [
            nameof(DayFeatures.YearSin1),
            nameof(DayFeatures.YearCos1),
            nameof(DayFeatures.YearSin2),
            nameof(DayFeatures.YearCos2),
            nameof(DayFeatures.Workday),
            nameof(DayFeatures.LagWorkday),
        ];

    private static Func<DayFeatures, T> Getter<T>(string name) =>
        typeof(DayFeatures).GetProperty(name)!.GetMethod!.CreateDelegate<Func<DayFeatures, T>>();
}

/// <summary>A number of a day by its name.</summary>
public sealed record NumberInput(string Name, Func<DayFeatures, float> Of);

/// <summary>A text of a day by its name.</summary>
public sealed record TextInput(string Name, Func<DayFeatures, string> Of);
