using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Credentials;
using Rondo.Kernel.Projects;

namespace Rondo.Server.Http;

/// <summary>Credentials, and who may do what where.</summary>
internal static class AccessEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/credentials", CreateCredentialAsync).Needs(Permission.AccessWrite, At.Everything);
        routes
            .MapDelete(
                "/api/v1/credentials/{name}",
                (string name, CredentialStore credentials, HttpContext context) =>
                    credentials.RevokeAsync(name, context.GetActor())
            )
            .Needs(Permission.AccessWrite, At.Everything);
        routes.MapGet("/api/v1/roles", Roles).NeedsNothing();
        var access = routes.MapGroup("/api/v1/access");
        access.MapGet("/grants", ListAsync).NeedsNothing();
        access.MapPost("/grants", GrantAsync).NeedsSomewhere(Permission.AccessWrite);
        access.MapDelete("/grants", RevokeAsync).NeedsSomewhere(Permission.AccessWrite);
        access.MapGet("/check", CheckAsync).NeedsNothing();
    }

    private static async Task<object> CreateCredentialAsync(
        CredentialBody body,
        CredentialStore credentials,
        ProjectStore projects,
        HttpContext context
    )
    {
        if (body.Role is null && (body.Project ?? body.Folder) is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "A place was given and no role.",
                "Say which role is meant there: --role ROLE. See: rondo roles."
            );
        }

        var place = await PlaceOfAsync(body.Project, body.Folder, projects);
        var made = await credentials.CreateAsync(
            body.Name ?? "",
            body.Role is null ? null : (Role.Parse(body.Role), place),
            context.GetActor()
        );
        return new
        {
            made.Name,
            made.Token,
            Grant = made.Grant is { } grant ? GrantView.Of(grant) : null,
        };
    }

    private static object Roles() =>
        new
        {
            Permissions = Permissions.All.Select(one => new { one.Name, one.What }),
            Roles = Role.All.Select(role => new
            {
                role.Name,
                role.What,
                Permissions = Permissions
                    .All.Where(one => role.Permissions.Holds(one.Permission))
                    .Select(one => one.Name),
            }),
        };

    // Everybody may know what they were granted themselves; of others only who may see that.
    private static async Task<IReadOnlyList<UserView>> ListAsync(string? user, GrantStore grants, HttpContext context)
    {
        var caller = context.GetCaller();
        if (!caller.MayEverywhere(Permission.AccessRead))
        {
            user = OnlySelf(caller, user);
        }

        var given = await grants.ListAsync(user);
        var users = user is null ? await grants.UsersAsync() : [user];
        return
        [
            .. users.Select(name => new UserView(
                name,
                [
                    .. given
                        .Where(one => one.Grant.User == name)
                        .Select(one => GrantView.Of(one.Grant) with { GrantedAt = one.At, GrantedBy = one.By }),
                ]
            )),
        ];
    }

    private static async Task<GrantView> GrantAsync(
        GrantBody body,
        GrantStore grants,
        ProjectStore projects,
        HttpContext context
    )
    {
        var place = await PlaceOfAsync(body.Project, body.Folder, projects);
        context.GetCaller().Require(Permission.AccessWrite, place);
        var given = await grants.GrantAsync(body.User ?? "", Role.Parse(body.Role), place, context.GetActor());
        return GrantView.Of(given.Grant) with { GrantedAt = given.At, GrantedBy = given.By };
    }

    private static async Task RevokeAsync(
        [AsParameters] GrantBody body,
        GrantStore grants,
        ProjectStore projects,
        HttpContext context
    )
    {
        var place = await PlaceOfAsync(body.Project, body.Folder, projects);
        context.GetCaller().Require(Permission.AccessWrite, place);
        await grants.RevokeAsync(body.User ?? "", Role.Parse(body.Role), place, context.GetActor());
    }

    private static async Task<AccessAnswer> CheckAsync(
        [AsParameters] AccessQuestion question,
        GrantStore grants,
        ProjectStore projects,
        HttpContext context
    )
    {
        var asking = context.GetCaller();
        var user = asking.MayEverywhere(Permission.AccessRead) ? question.User : OnlySelf(asking, question.User);
        var permission = Permissions.Parse(question.Permission);
        var place = await PlaceOfAsync(question.Project, question.Folder, projects);
        var caller = user is null ? asking : await grants.CallerAsync(user);
        var by = caller.GrantFor(permission, place);
        return new AccessAnswer(
            user ?? caller.Actor.Name,
            question.Permission,
            place.ToString(),
            by is not null,
            by is null ? null : GrantView.Of(by),
            [.. Role.All.Where(role => role.Permissions.Holds(permission)).Select(role => role.Name)]
        );
    }

    private static string OnlySelf(Caller caller, string? user)
    {
        var self = caller.Actor.Name["user:".Length..];
        if (user is not null && user != self)
        {
            throw caller.Refused(Permission.AccessRead, Place.Everything);
        }

        return self;
    }

    private static async Task<Place> PlaceOfAsync(string? project, string? folder, ProjectStore projects)
    {
        if (project is not null && folder is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "A project and a folder were given.",
                "Give one of them: a folder of experiments belongs to no project but the one that it is called like."
            );
        }

        if (project is not null)
        {
            await projects.RequireAsync(project);
            return Place.Project(project);
        }

        return folder is null ? Place.Everything : Place.ParseFolder(folder);
    }

    internal sealed record CredentialBody(string? Name, string? Role, string? Project, string? Folder);

    internal sealed record GrantBody(string? User, string? Role, string? Project, string? Folder);

    internal sealed record AccessQuestion(string? User, string Permission, string? Project, string? Folder);

    internal sealed record AccessAnswer(
        string User,
        string Permission,
        string Place,
        bool Allowed,
        GrantView? By,
        IReadOnlyList<string> Roles
    );

    internal sealed record UserView(string User, IReadOnlyList<GrantView> Grants);

    internal sealed record GrantView(string User, string Role, string Kind, string Place)
    {
        public DateTimeOffset? GrantedAt { get; init; }
        public string? GrantedBy { get; init; }

        public static GrantView Of(Grant grant) =>
            new(grant.User, grant.Role.Name, grant.Place.Kind, grant.Place.Label);
    }
}
