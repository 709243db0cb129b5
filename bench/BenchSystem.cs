using Rondo.Sdk;

namespace Rondo.Benchmarks;

/// <summary>The pipelines of the benchmark. This program is also their package: a warm worker is started from it.</summary>
internal static class BenchSystem
{
    public static MlApp Declare(string[] args)
    {
        var app = MlApp.Create(args, "bench");
        app.Pipeline(
            PipelineBench.Flow,
            g =>
            {
                var first = g.Nothing();
                var second = g.Nothing().After(first);
                g.Nothing().After(second);
            }
        );
        app.Pipeline(
            PipelineBench.Wide,
            g =>
            {
                // Ten thousand steps in a hundred chains.
                const int chains = 100;
                var ends = new NodeRef[chains];
                for (var step = 0; step < PipelineBench.LargeSteps; step++)
                {
                    var node = g.Nothing().Named($"step-{step}");
                    ends[step % chains] = step < chains ? node : node.After(ends[step % chains]);
                }
            }
        );
        app.Pipeline(
            PipelineBench.Flat,
            g =>
            {
                for (var step = 0; step < PipelineBench.FlatSteps; step++)
                {
                    g.Nothing().Named($"step-{step}");
                }
            }
        );
        app.Pipeline(
            PipelineBench.Loop,
            g =>
                g.ForEach(
                    "each",
                    Enumerable.Range(0, PipelineBench.LargeSteps).ToList(),
                    _ =>
                    {
                        g.Nothing();
                    },
                    parallel: 100
                )
        );
        WorkerBenchmark.Declare(app);
        return app;
    }
}

/// <summary>A step that does nothing.</summary>
public static class BenchSteps
{
    /// <summary>Does nothing.</summary>
    [Step(Cache = false)]
    public static void Nothing() { }
}
