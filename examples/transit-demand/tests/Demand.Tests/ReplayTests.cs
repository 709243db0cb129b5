using System.Text;
using System.Text.Json;
using TransitDemand.Replay;

namespace TransitDemand.Tests;

public sealed class ReplayTests
{
    private static readonly DateOnly First = new(2005, 1, 1);

    [Theory]
    [InlineData("91")]
    [InlineData("month")]
    [InlineData("quarter")]
    public void Periods_cover_every_day_once(string every)
    {
        var last = new DateOnly(2016, 8, 28);
        var periods = Period.Cut(First, last, every);
        Assert.Equal(First, periods[0].From);
        Assert.Equal(last, periods[^1].To);
        Assert.All(periods.Zip(periods.Skip(1)), pair => Assert.Equal(pair.First.To.AddDays(1), pair.Second.From));
        Assert.Equal(periods.Count, periods.Select(period => period.File).Distinct().Count());
    }

    [Fact]
    public void A_quarter_is_named_as_people_name_it() =>
        Assert.Equal("days-2005Q2.csv", Period.Cut(First, new(2005, 12, 31), "quarter")[1].File);

    [Fact]
    public void A_period_that_cannot_be_read_is_refused_by_its_option() =>
        Assert.Contains("--push-every", Assert.Throws<FormatException>(() => Period.Cut(First, First, "week")).Message);

    [Fact]
    public void A_broken_file_lacks_one_column_and_nothing_else()
    {
        var city = CityRecords.Read(Sample.File);
        var period = new Period("x", city.Days[0].Date, city.Days[9].Date);
        var whole = Lines(city.FileOf(period));
        var broken = Lines(city.FileOf(period, "temp"));
        Assert.Equal(11, broken.Length);
        Assert.Equal(["\"temp\""], whole[0].Split(',').Except(broken[0].Split(',')));
        Assert.All(broken, line => Assert.Equal(whole[0].Split(',').Length - 1, line.Split(',').Length));
    }

    [Fact]
    public void A_request_has_the_id_and_time_of_its_day_and_every_input_of_the_model()
    {
        var day = Sample.Features[0];
        using var json = JsonDocument.Parse(InferenceRequest.Of("station-demand", day));
        Assert.Equal("station-demand/2001-01-22", json.RootElement.GetProperty("id").GetString());
        Assert.Equal("2001-01-22", json.RootElement.GetProperty("parameters").GetProperty("event_time").GetString());
        var inputs = json.RootElement.GetProperty("inputs").EnumerateArray().ToDictionary(Name);
        Assert.Equal(ModelInputs.Numbers.Count + ModelInputs.Texts.Count, inputs.Count);
        Assert.Equal(day.ClarkLake, inputs["ClarkLake"].GetProperty("data")[0].GetSingle());
        Assert.Equal("Mon", inputs["Weekday"].GetProperty("data")[0].GetString());
    }

    [Fact]
    public void A_quarter_to_break_stands_for_its_middle() =>
        Assert.Equal(
            new DateOnly(2008, 5, 15),
            Options.Parse(["--server", "http://127.0.0.1:1", "--data", "x", "--break-period", "2008Q2"]).BreakAt
        );

    private static string Name(JsonElement input) => input.GetProperty("name").GetString()!;

    private static string[] Lines(byte[] file) => Encoding.UTF8.GetString(file).TrimEnd('\n').Split('\n');
}
