using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tracking;

public sealed class BearerTokenTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("  ", null)]
    [InlineData("rondo_a.b-c=", "rondo_a.b-c=")]
    [InlineData(" copied\r\n", "copied")]
    public void What_stands_around_a_token_is_left_out(string? token, string? sent) =>
        Assert.Equal(sent, BearerToken.Header(token)?.Parameter);

    [Theory]
    [InlineData("first\nsecond")]
    [InlineData("first second")]
    [InlineData("größe")]
    [InlineData("a\0b")]
    public void A_token_that_no_header_takes_is_refused_without_being_told(string token)
    {
        var error = Assert.Throws<RondoException>(() => BearerToken.Header(token));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal);
    }
}
