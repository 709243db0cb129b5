using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;

namespace Rondo.Pipelines.Partitions;

internal static class PartitionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/projects/{project}/pipelines/{pipeline}/partitions", ListAsync)
            .Needs(Permission.Read, At.Project);

    private static Task<PartitionPage> ListAsync(
        string project,
        string pipeline,
        [AsParameters] PartitionQueryBody query,
        PartitionStore partitions
    ) =>
        partitions.ListAsync(
            new PartitionQuery(
                project,
                query.Environment ?? PipelineCatalog.TriggeredEnvironment,
                pipeline,
                query.After,
                query.Limit
            )
        );

    private sealed record PartitionQueryBody(string? Environment, string? After, int? Limit);
}
