using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;

namespace Rondo.Serving.Changes;

internal static class ChangeEndpoints
{
    private const string Waves = "1,25%,100%";
    private const string Bake = "10m";
    private const string StopWhen = "alert,rollback,errors";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var changes = routes.MapGroup("/api/v1/projects/{project}/endpoint-changes");
        changes.MapGet("", ListAsync).Needs(Permission.Read, At.Project);
        changes.MapPost("", StartAsync).Needs(Permission.EndpointsWrite, At.Project);
        changes.MapGet("/{change}", ReadAsync).Needs(Permission.Read, At.Project);
        changes.MapPost("/{change}/undo", UndoAsync).Needs(Permission.EndpointsWrite, At.Project);
    }

    internal static async Task<IResult> StartAsync(
        string project,
        ChangeBody body,
        HttpContext context,
        ChangePlans plans,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        var request = new ChangeRequest(
            body.Where ?? "",
            body.Risk,
            (body.Set ?? []).ToDictionary(pair => pair.Key, pair => Text(pair.Value), StringComparer.Ordinal),
            body.Waves ?? Waves,
            body.Bake ?? Bake,
            body.StopWhen ?? StopWhen,
            body.Reason ?? ""
        );
        if (body.DryRun is true)
        {
            var (tried, would) = await plans.TryAsync(project, request, context.GetActor());
            return Results.Ok(ChangeView.Of(tried, would) with { Id = null });
        }

        var (change, targets) = await plans.StartAsync(project, request, context.GetActor());
        return Results.Created(
            $"/api/v1/projects/{project}/endpoint-changes/{change.Id}",
            ChangeView.Of(change, targets)
        );
    }

    private static async Task<Page<ChangeView>> ListAsync(
        string project,
        string? after,
        int? limit,
        Database database,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        var most = PageLimit.Of(limit);
        return await database.ReadAsync(async session =>
        {
            var page = Page<EndpointChange>.Of(
                await ChangeStore.ListAsync(session, project, after, most + 1),
                most,
                change => change.Id
            );
            var counts = await ChangeStore.CountsAsync(session, [.. page.Items.Select(change => change.Id)]);
            return new Page<ChangeView>(
                [.. page.Items.Select(change => ChangeView.Of(change, counts[change.Id]))],
                page.Next
            );
        });
    }

    private static async Task<ChangeView> ReadAsync([AsParameters] ChangeRoute route, Database database) =>
        await database.ReadAsync(async session =>
        {
            var found =
                await ChangeStore.FindAsync(session, route.Project, route.Change)
                ?? throw new RondoException(
                    ErrorCode.NotFound,
                    $"Project '{route.Project}' has no change '{route.Change}'.",
                    "List what there is: rondo endpoints changes."
                );
            return ChangeView.Of(found, await ChangeStore.TargetsAsync(session, route.Change));
        });

    private static async Task<IResult> UndoAsync(
        [AsParameters] ChangeRoute route,
        UndoBody body,
        HttpContext context,
        ChangePlans plans,
        Database database
    )
    {
        await plans.UndoAsync(route.Project, route.Change, body.Reason ?? "", context.GetActor());
        return Results.Accepted(null, await ReadAsync(route, database));
    }

    // A program may send a number as a number, and steps as a list.
    private static string Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => Whole(value),
            JsonValueKind.Null => SettingValues.None,
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(Text)),
            _ => value.GetRawText(),
        };

    // A text of JSON may hold what no text of a program can.
    private static string Whole(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The value of a setting holds half of a character.",
                "Send whole ones."
            );
        }
    }

    internal sealed record ChangeBody(
        string? Where,
        string? Risk,
        Dictionary<string, JsonElement>? Set,
        string? Waves,
        string? Bake,
        string? StopWhen,
        string? Reason,
        bool? DryRun
    );

    private sealed record ChangeRoute(string Project, string Change);

    private sealed record UndoBody(string? Reason);
}
