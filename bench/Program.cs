using Rondo.Benchmarks;

// dotnet run --project bench -- startup | predict | idle | pipelines [latency] [throughput] [large] [recovery] | workers | data [ROWS] | tracking [RUNS] | tracking-scale [RUNS]
if (args is ["worker" or "step" or "manifest", ..])
{
    // A server runs the steps of the benchmark's pipelines with this program.
    return await BenchSystem.Declare(args).RunAsync();
}

if (args is ["echo", var pipe])
{
    return await WorkerBenchmark.EchoAsync(pipe);
}

Figures.WarnOfDebugBuilds();
return args switch
{
    ["startup"] => await StartupBenchmark.RunAsync(),
    ["predict"] => await PredictBenchmark.RunAsync(),
    ["idle"] => await IdleBenchmark.RunAsync(),
    ["pipelines", .. var parts] when parts.All(PipelineBenchmark.HasPart) => await PipelineBenchmark.RunAsync(parts),
    ["data", .. var size] => await DataBenchmark.RunAsync(size),
    ["data-part", var part, var file] => DataParts.Run(part, file),
    ["tracking", .. var size] => await TrackingBenchmark.RunAsync(size),
    ["tracking-scale", .. var size] => await TrackingScaleBenchmark.RunAsync(size),
    ["workers"] => await WorkerBenchmark.RunAsync(),
    ["constant-server"] => await ConstantServer.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: dotnet run --project bench -- startup | predict | idle | workers | data [ROWS] | tracking [RUNS] | tracking-scale [RUNS] | pipelines [latency] [throughput] [large] [recovery]"
    );
    return 2;
}
