using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Pipelines.Backfills;
using Rondo.Pipelines.Export;
using Rondo.Pipelines.Logs;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Runs;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

internal static class Endpoints
{
    private const int WaitSecondsMax = 60;
    private const int ReasonMax = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/projects/{project}/pipelines", ListPipelinesAsync).Needs(Permission.Read, At.Project);
        routes
            .MapPost("/api/v1/projects/{project}/pipelines/{pipeline}/runs", CreateAsync)
            .Needs(Permission.PipelinesRun, At.Project);
        routes.MapGet("/api/v1/runs", ListAsync).NeedsSomewhere(Permission.Read);
        routes.MapGet("/api/v1/runs/{id}/logs", LogsAsync).Needs(Permission.Read, PipelinePlaces.OfRun);
        RunEndpoints.Map(routes);
        TriggerEndpoints.Map(routes);
        PartitionEndpoints.Map(routes);
        BackfillEndpoints.Map(routes);
        ExportEndpoints.Map(routes);
    }

    private static async Task<IReadOnlyList<PipelineBody>> ListPipelinesAsync(
        string project,
        PipelineCatalog catalog,
        TriggerStore triggers,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        var rows = await triggers.TriggersAsync(project);
        return
        [
            .. (await catalog.ListAsync(project)).Select(pipeline => new PipelineBody(
                pipeline.Name,
                pipeline.Environment,
                pipeline.Commit,
                pipeline.Package,
                pipeline.DeployedAt,
                pipeline.DeployedBy,
                pipeline.Manifest.CoolDownMs,
                pipeline.Manifest.Parameters,
                [
                    .. rows.Where(row => row.Pipeline == pipeline.Name && row.Environment == pipeline.Environment)
                        .Select(row => new TriggerBody(
                            row.Manifest,
                            row.NextAt is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null
                        )),
                ],
                pipeline.Manifest.Nodes
            )),
        ];
    }

    private static async Task<IResult> CreateAsync(
        string project,
        string pipeline,
        NewRunBody? body,
        HttpContext context,
        RunStore runs
    )
    {
        var run = await runs.CreateAsync(
            new NewRun(
                project,
                body?.Environment ?? PipelineCatalog.TriggeredEnvironment,
                pipeline,
                body?.Parameters ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal),
                TriggerKinds.Manual,
                Evidence(body?.Reason),
                context.GetActor()
            )
            {
                Partition = body?.Partition,
                Fresh = body?.Fresh ?? false,
                Priority = body?.Priority,
                FailurePolicy = Policy(body?.FailurePolicy),
            }
        );
        return Results.Created($"/api/v1/runs/{run.Id}", run);
    }

    private static string? Policy(string? asked) =>
        asked is null or FailurePolicies.Fast or FailurePolicies.Slow
            ? asked
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{asked}' is not a failure policy.",
                "There are fast and slow."
            );

    // Why somebody started it by hand stands where a trigger's figures would.
    private static JsonElement? Evidence(string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason))
        {
            return null;
        }

        if (reason.Length > ReasonMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The reason of the run has {reason.Length} characters, more than {ReasonMax}.",
                "Say it shorter, and name where more is written."
            );
        }

        return JsonSerializer.SerializeToElement(new { reason }, RondoJson.Options);
    }

    private static Task<Page<RunSummary>> ListAsync(
        [AsParameters] RunQuery query,
        RunStore runs,
        HttpContext context
    ) =>
        runs.ListAsync(
            new RunFilter(query.Project, query.Environment, query.Pipeline, query.State, query.Before, query.Limit)
            {
                Projects = context.GetCaller().ProjectsWith(Permission.Read),
            }
        );

    private static Task<LogPage> LogsAsync(
        string id,
        [AsParameters] LogQueryBody query,
        LogStore logs,
        CancellationToken cancellation
    ) =>
        logs.ReadAsync(
            new LogQuery(
                id,
                query.Node,
                query.After ?? 0,
                TimeSpan.FromSeconds(Math.Clamp(query.Wait ?? 0, 0, WaitSecondsMax))
            ),
            cancellation
        );

    private sealed record NewRunBody(
        string? Environment,
        Dictionary<string, JsonElement>? Parameters,
        string? Reason,
        string? Partition,
        bool? Fresh,
        int? Priority,
        string? FailurePolicy
    );

    private sealed record RunQuery(
        string? Project,
        string? Environment,
        string? Pipeline,
        string? State,
        string? Before,
        int? Limit
    );

    private sealed record LogQueryBody(string? Node, long? After, double? Wait);

    private sealed record TriggerBody(TriggerManifest Trigger, DateTimeOffset? NextAt);

    private sealed record PipelineBody(
        string Name,
        string Environment,
        string Commit,
        string Package,
        DateTimeOffset DeployedAt,
        string DeployedBy,
        long CoolDownMs,
        IReadOnlyList<ParameterManifest> Parameters,
        IReadOnlyList<TriggerBody> Triggers,
        IReadOnlyList<NodeManifest> Nodes
    );
}
