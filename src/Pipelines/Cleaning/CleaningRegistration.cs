using Microsoft.Extensions.DependencyInjection;
using Rondo.Lineage;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

internal static class CleaningRegistration
{
    /// <summary>What runs need, and what they leave behind.</summary>
    public static IServiceCollection AddCleaning(this IServiceCollection services) =>
        services
            .AddSingleton<IHold, RunHold>()
            .AddSingleton<IBlobReferences, RunReferences>()
            .AddSingleton<ILitter, LogLitter>()
            .AddSingleton<ILitter, CacheLitter>()
            .AddSingleton<ILitter, StagingLitter>()
            .AddSingleton<ILitter, PackageLitter>();
}
