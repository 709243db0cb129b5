namespace Rondo.Benchmarks;

/// <summary>To be measured once an endpoint can be made here.</summary>
internal static class PredictBenchmark
{
    public static Task<int> RunAsync(string[] args) => Task.FromResult(args.Length);
}
