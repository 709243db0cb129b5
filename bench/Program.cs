using System.Diagnostics;
using System.Reflection;
using Rondo.Benchmarks;
using Rondo.Server;

// dotnet run --project bench -- startup | predict | idle
foreach (var assembly in new[] { typeof(Figures).Assembly, typeof(ServerHost).Assembly })
{
    if (assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true)
    {
        Console.Error.WriteLine(
            $"warning: {assembly.GetName().Name} is a debug build; these figures mean nothing. Leave out -c, or say -c Release."
        );
    }
}

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
