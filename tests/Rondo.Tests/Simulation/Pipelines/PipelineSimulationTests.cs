using System.Collections.Concurrent;
using System.Globalization;
using Rondo.Pipelines.Orchestration;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// Random graphs × random crash points × duplicate and late messages × faults of the store × clocks that jump, on the product's own code.
/// A failing seed is seen again, step by step, with <c>RONDO_SIMULATION_SEED</c>.
/// </summary>
public sealed class PipelineSimulationTests(ITestOutputHelper output)
{
    private const int SeedsUsual = 10_000;

    [Fact]
    [Trait("Requirement", "R92")]
    public void Whatever_happens_every_run_ends_as_it_may_and_publishes_everything_once()
    {
        if (SeedRun.Asked is { } asked)
        {
            var one = SeedRun.One(new PipelineSimulation(), asked);
            output.WriteLine(one.Trace);
            Assert.True(one.Failure is null, one.Failure?.ToString());
            return;
        }

        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var seeds = Enumerable.Range(0, SeedRun.Count(SeedsUsual)).Select(seed => (long)seed);

        var failed = SeedRun.All(
            () => new PipelineSimulation(),
            seeds,
            each: outcome =>
            {
                counts.AddOrUpdate("seeds", 1, (_, before) => before + 1);
                foreach (var (what, count) in outcome.Figures.Counts)
                {
                    counts.AddOrUpdate(what, count, (_, before) => before + count);
                }
            }
        );

        foreach (var (what, count) in counts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count, 10} {what}"));
        }

        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : SeedRun.Explain(new PipelineSimulation(), failed[0]));
        // Servers were killed at every line of the protocol.
        Assert.Empty(LinesNotReached(counts));
    }

    [Fact]
    public void A_seed_takes_the_same_way_each_time()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var (once, again) = (
                SeedRun.One(new PipelineSimulation(), seed),
                SeedRun.One(new PipelineSimulation(), seed)
            );

            Assert.Equal(once.Trace, again.Trace);
            Assert.Equal(once.Digest, again.Digest);
        }
    }

    // Fewer seeds than usual are somebody's choice, who looks for something else.
    private static IEnumerable<string> LinesNotReached(ConcurrentDictionary<string, long> counts) =>
        counts.GetValueOrDefault("seeds") < SeedsUsual
            ? []
            : typeof(ProtocolProbe)
                .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
                .Where(field => field.IsLiteral)
                .Select(field => "killed at " + (string)field.GetRawConstantValue()!)
                .Where(line => !counts.ContainsKey(line));
}
