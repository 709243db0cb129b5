using Microsoft.Extensions.DependencyInjection;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>Serves models that ML.NET saved.</summary>
public static class MLNetModule
{
    /// <summary>Registers the runtime of the format <c>mlnet-zip</c>.</summary>
    public static IServiceCollection AddMLNet(this IServiceCollection services) =>
        services.AddSingleton<IModelRuntime, MLNetRuntime>();
}
