namespace Workbench.Tests;

public sealed class StepTests
{
    [Fact]
    public void A_step_is_a_method() => Assert.Equal(3, Steps.Last(new Count(2), "").Value);
}
