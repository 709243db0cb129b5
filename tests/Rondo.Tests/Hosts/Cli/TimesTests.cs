using System.Text.Json;
using Rondo.Cli.Output;

namespace Rondo.Tests.Hosts.Cli;

public sealed class TimesTests
{
    [Theory]
    [InlineData("1700000000000", "2023-11-14 22:13:20")]
    [InlineData("\"2023-11-14T22:13:20Z\"", "2023-11-14 22:13:20")]
    [InlineData("1700000000000000000", "9999-12-31 23:59:59")]
    public void A_time_is_shown_whatever_a_client_has_sent(string json, string shown) =>
        Assert.Equal(shown, Times.Short(JsonElement.Parse(json)));
}
