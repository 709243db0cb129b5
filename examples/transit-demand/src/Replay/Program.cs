using System.Text.Json;
using TransitDemand.Replay;

if (args is [] or ["help"] or ["--help"])
{
    Console.WriteLine(Options.Usage);
    return 2;
}
try
{
    var options = Options.Parse(args);
    using var server = new RondoClient(options);
    var summary = await new DayByDay(options, CityRecords.Read(options.Data), server).RunAsync();
    Console.WriteLine(options.Json ? JsonSerializer.Serialize(summary, Rondo.Data.RondoJson.Indented) : summary.Text());
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine($"error: {e.Message}\n{Options.Usage}");
    return 2;
}
catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException)
{
    Console.Error.WriteLine("error: " + e.Message);
    return 1;
}
