namespace Rondo.Tests.Simulation.Kernel;

/// <summary>The kernel's loops, leases and subscribers on simulated time, with servers that die, stand still and come back.</summary>
public sealed class LogSimulationTests
{
    [Fact]
    [Trait("Requirement", "R92")]
    public void Each_event_takes_effect_once_and_in_order_whatever_happens_to_the_servers()
    {
        var seeds = SeedRun.Asked is { } asked ? [asked] : Seeds(SeedRun.Count(usual: 2_000));

        var failed = SeedRun.All(() => new LogSimulation(), seeds);

        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : SeedRun.Explain(new LogSimulation(), failed[0]));
    }

    [Fact]
    public void A_seed_takes_the_same_way_each_time()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (once, again) = (SeedRun.One(new LogSimulation(), seed), SeedRun.One(new LogSimulation(), seed));

            Assert.Equal(once.Trace, again.Trace);
            Assert.Equal(once.Digest, again.Digest);
        }
    }

    private static IEnumerable<long> Seeds(int count) => Enumerable.Range(0, count).Select(seed => (long)seed);
}
