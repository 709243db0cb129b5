namespace Rondo.Tests.Kernel;

public sealed class LeaseTests
{
    [Fact]
    public async Task One_holds_renewing_keeps_the_fence_and_a_new_holder_raises_it()
    {
        await using var kernel = await TestKernel.StartAsync();
        var minute = TimeSpan.FromMinutes(1);

        var first = await kernel.Leases.TryAcquireAsync("x", "a", minute);
        Assert.Null(await kernel.Leases.TryAcquireAsync("x", "b", minute));
        var renewed = await kernel.Leases.TryAcquireAsync("x", "a", minute);
        kernel.Time.Advance(TimeSpan.FromSeconds(61));
        var second = await kernel.Leases.TryAcquireAsync("x", "b", minute);

        Assert.Equal((1L, 1L, 2L), (first!.Fence, renewed!.Fence, second!.Fence));
        await kernel.Leases.ReleaseAsync(second);
        Assert.Equal(3, (await kernel.Leases.TryAcquireAsync("x", "c", minute))!.Fence);
    }
}
