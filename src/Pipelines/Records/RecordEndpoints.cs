using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Records;

internal static class RecordEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/api/v1/runs/{id}/record",
                (string id, string? after, int? limit, RunRecords records) =>
                    records.GetAsync(id, new StepFilter(after, Limit: limit))
            )
            .Needs(Permission.Read, PipelinePlaces.OfRun);
}
