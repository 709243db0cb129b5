namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The simulation finds mistakes: each of these, planted in a statement of the product, fails a seed before long.</summary>
public sealed class MutationTests
{
    // As many as every run of the tests tries: the rarest, where two ends meet, is not among the first thousand.
    private const int SeedsMax = 10_000;

    public static TheoryData<string> Names => [.. Mutations.All.Select(mutation => mutation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_in_a_statement_fails_a_seed(string name)
    {
        var mutation = Mutations.All.Single(candidate => candidate.Name == name);
        var seeds = Enumerable.Range(0, SeedsMax).Select(seed => (long)seed);

        var failed = SeedRun.All(() => new PipelineSimulation(mutation), seeds, failuresMax: 1);

        Assert.True(mutation.IsPlanted, "No statement has this text any more: plant the mistake anew.");
        Assert.NotEmpty(failed);
    }
}
