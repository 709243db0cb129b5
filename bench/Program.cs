using Rondo.Benchmarks;

// dotnet run --project bench -- startup | predict | idle | workers
Figures.WarnOfDebugBuilds();
return args switch
{
    ["startup"] => await StartupBenchmark.RunAsync(),
    ["predict"] => await PredictBenchmark.RunAsync(),
    ["idle"] => await IdleBenchmark.RunAsync(),
    ["workers"] => await WorkerBenchmark.RunAsync(),
    ["echo", var pipe] => await WorkerBenchmark.EchoAsync(pipe),
    ["worker" or "manifest", ..] => await WorkerBenchmark.RunProjectAsync(args),
    ["constant-server"] => await ConstantServer.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run --project bench -- startup|predict|idle|workers");
    return 2;
}
