using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Projects;

namespace Rondo.Monitoring.Overview;

internal static class OverviewEndpoints
{
    private const string Html = "html";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/overview", ReadAsync).NeedsSomewhere(Permission.Read);
        // The address for a person's browser.
        routes
            .MapGet(
                "/models",
                async (
                    [AsParameters] OverviewQuery query,
                    ModelOverviews overviews,
                    ProjectStore projects,
                    HttpContext context
                ) => Page(await ListAsync(query, overviews, projects, context.GetCaller()), query)
            )
            .NeedsSomewhere(Permission.Read);
    }

    internal static async Task<IResult> ReadAsync(
        [AsParameters] OverviewQuery query,
        ModelOverviews overviews,
        ProjectStore projects,
        HttpContext context
    )
    {
        if (query.Format is not (null or "json" or Html))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{query.Format}' is no format of the overview.",
                "Use json or html."
            );
        }

        var page = await ListAsync(query, overviews, projects, context.GetCaller());
        return query.Format == Html ? Page(page, query) : Results.Ok(page);
    }

    // A form that is sent with a field left empty asks for everything.
    private static async Task<ModelOverviewPage> ListAsync(
        OverviewQuery query,
        ModelOverviews overviews,
        ProjectStore projects,
        Caller caller
    )
    {
        var asked = query with
        {
            Project = Given(query.Project),
            Environment = Given(query.Environment),
            Attention = Given(query.Attention),
            Risk = Given(query.Risk),
        };
        if (asked.Project is { } project)
        {
            await projects.RequireAsync(project);
        }

        return await overviews.ListAsync(asked, caller.ProjectsWith(Permission.Read));
    }

    private static IResult Page(ModelOverviewPage page, OverviewQuery query) =>
        Results.Text(OverviewPage.Of(page, query), "text/html; charset=utf-8");

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
