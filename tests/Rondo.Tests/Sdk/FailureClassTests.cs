using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class FailureClassTests
{
    [Theory]
    [InlineData("*", "timeout", true)]
    [InlineData("*", null, true)]
    [InlineData("timeout", null, false)]
    [InlineData("timeout", "timeout", true)]
    [InlineData("timeout", "System.TimeoutException", false)]
    [InlineData("exit", "exit:3", true)]
    [InlineData("exit:3", "exit:3", true)]
    [InlineData("exit:3", "exit:31", false)]
    [InlineData("crash", "exit:137", true)]
    [InlineData("crash", "exit:3", false)]
    [InlineData("IOException", "System.IO.IOException", true)]
    [InlineData("System.IO.IOException", "System.IO.IOException", true)]
    [InlineData("Exception", "System.IO.IOException", false)]
    [InlineData("Late", "App.Steps+Late", true)]
    [InlineData("RondoException", "RondoException.Unavailable", true)]
    [InlineData("Rondo.RondoException", "RondoException.Unavailable", true)]
    [InlineData("RondoException.Unavailable", "RondoException.DataCorrupt", false)]
    public void A_retry_names_a_class_of_failures(string on, string? errorType, bool fits) =>
        Assert.Equal(fits, FailureClasses.Fits(on, errorType));
}
