using Rondo.Sdk;

namespace Rondo.Tests.Sdk;

public sealed class AttemptEnvironmentTests
{
    private const string Name = "RONDO_TEST_ATTEMPT_ENVIRONMENT";

    [Fact]
    public async Task Attempts_that_want_different_values_wait_for_each_other_and_leave_no_trace()
    {
        var first = await EnterAsync("one");
        var same = await EnterAsync("one");
        var other = EnterAsync("two");

        Assert.Equal("one", Environment.GetEnvironmentVariable(Name));
        Assert.False(AttemptEnvironment.Outside().ContainsKey(Name));
        first!.Dispose();
        Assert.False(other.IsCompleted);
        same!.Dispose();
        var second = await other;
        Assert.Equal("two", Environment.GetEnvironmentVariable(Name));
        second!.Dispose();

        Assert.Null(Environment.GetEnvironmentVariable(Name));
    }

    private static Task<AttemptEnvironment?> EnterAsync(string value) =>
        AttemptEnvironment.EnterAsync(new Dictionary<string, string> { [Name] = value }, default).AsTask();
}
