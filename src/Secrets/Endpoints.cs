using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;

namespace Rondo.Secrets;

internal static class Endpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/projects/{project}/secrets");
        group.MapGet("", ListAsync).Needs(Permission.Read, At.Project);
        group.MapPut("/{name}", SetAsync).Needs(Permission.SecretsWrite, At.Project);
        group.MapDelete("/{name}", DeleteAsync).Needs(Permission.SecretsWrite, At.Project);
    }

    private static async Task<IResult> ListAsync(string project, SecretStore secrets) =>
        Results.Ok(new Page<Secret>(await secrets.ListAsync(project), Next: null));

    private static async Task<IResult> SetAsync(
        [AsParameters] Place place,
        NewValue body,
        HttpContext context,
        SecretStore secrets
    ) => Results.Ok(await secrets.SetAsync(place.ToPlace(), body.Value!, context.GetActor()));

    private static async Task<IResult> DeleteAsync([AsParameters] Place place, HttpContext context, SecretStore secrets)
    {
        await secrets.DeleteAsync(place.ToPlace(), context.GetActor());
        return Results.NoContent();
    }

    internal sealed record Place(string Project, string Name, string? Environment)
    {
        public SecretPlace ToPlace() => new(Project, Name, Environment);
    }

    internal sealed record NewValue(string? Value)
    {
        // A record would print its members.
        public override string ToString() => nameof(NewValue);
    }
}
