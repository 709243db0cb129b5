using Microsoft.ML.Data;
using Rondo.Data;

namespace TransitDemand;

/// <summary>
/// One day at Clark/Lake: what is known when it is predicted, and, afterwards, the entries. A column of the data belongs to
/// the property of its name, whatever its case and underscores.
/// </summary>
public record Day
{
    [NoColumn]
    public DateOnly Date { get; init; }

    /// <summary>Entries at Clark/Lake, in thousands: what is predicted.</summary>
    [Between(0, 40)]
    public float Ridership { get; init; }

    // Entries at twenty stations two weeks earlier, in thousands. 0 where the station was closed.
    public float Austin { get; init; }
    public float QuincyWells { get; init; }
    public float Belmont { get; init; }
    public float Archer35th { get; init; }
    public float OakPark { get; init; }
    public float Western { get; init; }
    public float ClarkLake { get; init; }
    public float Clinton { get; init; }
    public float MerchandiseMart { get; init; }
    public float IrvingPark { get; init; }
    public float WashingtonWells { get; init; }
    public float Harlem { get; init; }
    public float Monroe { get; init; }
    public float Polk { get; init; }
    public float Ashland { get; init; }
    public float Kedzie { get; init; }
    public float Addison { get; init; }
    public float JeffersonPark { get; init; }
    public float Montrose { get; init; }
    public float California { get; init; }

    // The day's weather.
    [Between(-30, 110)]
    public float TempMin { get; init; }

    [Between(-30, 110)]
    public float Temp { get; init; }

    [Between(-30, 110)]
    public float TempMax { get; init; }
    public float TempChange { get; init; }
    public float Dew { get; init; }

    [Between(0, 100)]
    public float Humidity { get; init; }
    public float Pressure { get; init; }

    [Between(0, 2)]
    public float PressureChange { get; init; }
    public float Wind { get; init; }

    // Three days of the sixteen years report up to 406 mph: validation says so, and the run goes on.
    [Between(0, 100)]
    public float WindMax { get; init; }
    public float Gust { get; init; }
    public float GustMax { get; init; }
    public float Percip { get; init; }
    public float PercipMax { get; init; }
    public float WeatherRain { get; init; }
    public float WeatherSnow { get; init; }
    public float WeatherCloud { get; init; }
    public float WeatherStorm { get; init; }

    // Games of the city's teams: 1 on the day of a game.
    public float BlackhawksAway { get; init; }
    public float BlackhawksHome { get; init; }
    public float BullsAway { get; init; }
    public float BullsHome { get; init; }
    public float BearsAway { get; init; }
    public float BearsHome { get; init; }

    // Four copies of one column in this data (about "baseball season"): checked, but no input of the model.
    public float WhiteSoxAway { get; init; }
    public float WhiteSoxHome { get; init; }
    public float CubsAway { get; init; }
    public float CubsHome { get; init; }
}
