using System.Globalization;
using Rondo.Kernel;

namespace Rondo.Tests.Kernel;

public sealed class UnixTimeTests
{
    [Theory]
    [InlineData(0, "1970-01-01")]
    [InlineData(1_700_000_000_000, "2023-11-14")]
    [InlineData(1_700_000_000_000_000_000, "9999-12-31")]
    [InlineData(long.MaxValue, "9999-12-31")]
    [InlineData(long.MinValue, "0001-01-01")]
    public void A_time_that_no_calendar_has_is_the_last_or_first_one(long milliseconds, string day) =>
        Assert.Equal(day, UnixTime.At(milliseconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}
