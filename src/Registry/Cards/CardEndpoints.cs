using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Registry.Cards;

internal static class CardEndpoints
{
    private const string Production = "production";

    public static void Map(RouteGroupBuilder models)
    {
        models.MapGet("/{model}/card", ReadAsync).Needs(Permission.Read, At.Project);
        models.MapPut("/{model}/card", WriteAsync).Needs(Permission.ModelsWrite, At.Project);
        models
            .MapGet(
                "/{model}/card/revisions",
                ([AsParameters] CardRoute route, CardStore cards) => cards.ListAsync(route.Key)
            )
            .Needs(Permission.Read, At.Project);
    }

    private static async Task<IResult> ReadAsync([AsParameters] CardRoute route, HttpContext context, CardReader reader)
    {
        var view = await reader.ReadAsync(route.Key, route.Version, route.Revision, context.GetCaller());
        return route.Format switch
        {
            null or "json" => Results.Ok(view),
            "html" => Results.Text(CardPage.Of(view), "text/html; charset=utf-8"),
            var other => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{other}' is no format of a card.",
                "Use json or html."
            ),
        };
    }

    private static Task<CardRevision> WriteAsync(
        [AsParameters] CardRoute route,
        CardBody body,
        HttpContext context,
        CardStore cards
    ) =>
        cards.WriteAsync(
            route.Key,
            body.Card
                ?? throw new RondoException(
                    ErrorCode.InvalidArgument,
                    "The body has no 'card'.",
                    """Write {"card": {"owner": …}, "basedOn": REVISION}."""
                ),
            body.BasedOn,
            context.GetActor()
        );

    private sealed record CardRoute(
        string Project,
        string Model,
        string? Environment,
        long? Version,
        long? Revision,
        string? Format
    )
    {
        public ModelKey Key => new(Project, Environment ?? Production, Model);
    }

    private sealed record CardBody(ModelCard? Card, long BasedOn);
}
