using Rondo.Benchmarks;

// dotnet run --project bench -- startup | predict | idle
Figures.WarnOfDebugBuilds();
return args switch
{
    ["startup"] => await StartupBenchmark.RunAsync(),
    ["predict"] => await PredictBenchmark.RunAsync(),
    ["idle"] => await IdleBenchmark.RunAsync(),
    ["constant-server"] => await ConstantServer.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run --project bench -- startup|predict|idle");
    return 2;
}
