using Rondo.Benchmarks;

// dotnet run --project bench -c Release -- startup | predict
return args switch
{
    ["startup"] => await StartupBenchmark.RunAsync(),
    ["predict", ..] => await PredictBenchmark.RunAsync(args[1..]),
    ["constant-server"] => await ConstantServer.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run --project bench -c Release -- startup|predict");
    return 2;
}
