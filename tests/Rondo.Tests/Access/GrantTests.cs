using System.Net;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Credentials;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Access;

public sealed class GrantTests
{
    private static readonly Role s_admin = Role.Parse(Role.AdminName);

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task The_first_credential_is_the_admins_and_the_next_may_do_nothing_until_it_is_granted_something()
    {
        await using var world = await World.StartAsync();

        var first = await world.Credentials.CreateAsync("ada", null, Actor.Local);
        var second = await world.Credentials.CreateAsync("bob", null, Actor.Local);

        Assert.Equal("admin on everything", $"{first.Grant!.Role.Name} on {first.Grant.Place}");
        Assert.Null(second.Grant);
        Assert.False((await world.CallerAsync(second)).MaySomewhere(Permission.Read));
        await world.Grants.GrantAsync("bob", Role.Parse("approver"), Place.Project("transit"), Actor.Local);
        await world.Grants.GrantAsync("bob", Role.Parse("approver"), Place.Project("transit"), Actor.Local);
        var bob = await world.CallerAsync(second);
        Assert.True(bob.May(Permission.ModelsDecide, Place.Project("transit")));
        Assert.False(bob.May(Permission.ModelsDecide, Place.Project("other")));
        Assert.Single(await world.Grants.ListAsync("bob"));
        Assert.Equal(
            ["credential.created", "access.granted", "credential.created", "access.granted"],
            (await world.Kernel.Log.ReadAsync(0, 100, new EventFilter())).Select(e => e.Type)
        );
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task The_last_admin_stays_whichever_way_it_is_taken()
    {
        await using var world = await World.StartAsync();
        await world.Credentials.CreateAsync("ada", null, Actor.Local);
        await world.Credentials.CreateAsync("bob", (s_admin, Place.Project("transit")), Actor.Local);

        await RefusedAsync(() => world.Grants.RevokeAsync("ada", s_admin, Place.Everything, Actor.Local));
        await RefusedAsync(() => world.Credentials.RevokeAsync("ada", Actor.Local));
        Assert.True(await world.Grants.HasAdminAsync());

        await world.Grants.GrantAsync("bob", s_admin, Place.Everything, Actor.Local);
        await world.Credentials.RevokeAsync("ada", Actor.Local);
        await RefusedAsync(() => world.Grants.RevokeAsync("bob", s_admin, Place.Everything, Actor.Local));
        await world.Grants.RevokeAsync("bob", s_admin, Place.Project("transit"), Actor.Local);
        Assert.Empty(await world.Grants.ListAsync("ada"));

        static async Task RefusedAsync(Func<Task> work) =>
            Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<RondoException>(work)).Code);
    }

    [Fact]
    public async Task Whose_credential_is_made_again_because_somebody_stood_in_the_way_is_not_the_admin_beside_the_first()
    {
        await using var world = await World.StartAsync();
        var collided = new CollidedDatabase(world.Kernel.Database);
        var credentials = new CredentialStore(
            collided,
            world.Kernel.Log,
            world.Kernel.Ids,
            world.Kernel.Time,
            world.Grants
        );
        collided.Between = () => world.Credentials.CreateAsync("ada", null, Actor.Local);

        var second = await credentials.CreateAsync("bob", null, Actor.Local);

        Assert.Null(second.Grant);
        Assert.False((await world.CallerAsync(second)).MaySomewhere(Permission.Read));
    }

    [Fact]
    public async Task Of_two_admins_who_take_each_others_role_at_once_one_stays()
    {
        await using var world = await World.StartAsync();
        await world.Credentials.CreateAsync("ada", null, Actor.Local);
        await world.Credentials.CreateAsync("bob", (s_admin, Place.Everything), Actor.Local);

        var taken = await Task.WhenAll(TakeAsync("ada"), TakeAsync("bob"));

        Assert.Single(taken, done => done);
        Assert.True(await world.Grants.HasAdminAsync());

        async Task<bool> TakeAsync(string user)
        {
            try
            {
                await world.Grants.RevokeAsync(user, s_admin, Place.Everything, Actor.Local);
                return true;
            }
            catch (RondoException e) when (e.Code == ErrorCode.FailedPrecondition)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_grant_to_nobody_is_refused_and_so_is_taking_what_was_not_given()
    {
        await using var world = await World.StartAsync();
        await world.Credentials.CreateAsync("ada", null, Actor.Local);

        var unknown = await Assert.ThrowsAsync<RondoException>(() =>
            world.Grants.GrantAsync("eve", s_admin, Place.Everything, Actor.Local)
        );
        var never = await Assert.ThrowsAsync<RondoException>(() =>
            world.Grants.RevokeAsync("ada", s_admin, Place.Project("transit"), Actor.Local)
        );

        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (unknown.Code, never.Code));
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Credentials_that_were_there_before_roles_keep_all_rights_and_revoked_ones_get_none()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        try
        {
            await using var database = SqliteDatabase.Open(Path.Combine(folder, "rondo.db"));
            var scripts = KernelModule.Schema.Scripts;
            var before = new ModuleSchema("kernel", [.. scripts.TakeWhile(script => script.Name != "0003_grant.sql")]);
            await Migrations.ApplyAsync(database, [before], TimeProvider.System);
            await database.WriteAsync(async transaction =>
                await transaction.ExecuteAsync(
                    """
                    insert into kernel_credential (id, name, token_digest, created_at, revoked_at)
                    values ('c1', 'ada', 'd1', 1, null), ('c2', 'bob', 'd2', 1, 2)
                    """
                )
            );

            await Migrations.ApplyAsync(database, [KernelModule.Schema], TimeProvider.System);

            var grants = await database.ReadAsync(async session =>
                await session.QueryAsync<string>("select user_name || ' ' || role || ' ' || kind from kernel_grant")
            );
            Assert.Equal(["ada admin everything"], grants);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record World(TestKernel Kernel, GrantStore Grants, CredentialStore Credentials) : IAsyncDisposable
    {
        public static async Task<World> StartAsync()
        {
            var kernel = await TestKernel.StartAsync();
            var grants = new GrantStore(kernel.Database, kernel.Log, kernel.Ids, kernel.Time);
            return new World(
                kernel,
                grants,
                new CredentialStore(kernel.Database, kernel.Log, kernel.Ids, kernel.Time, grants)
            );
        }

        public async Task<Caller> CallerAsync(NewCredential made) => (await Credentials.FindAsync(made.Token))!;

        public ValueTask DisposeAsync() => Kernel.DisposeAsync();
    }
}

/// <summary>Roles that come and go while the server runs.</summary>
public sealed class LiveGrantTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Grants = "/api/v1/access/grants";

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task A_role_that_is_taken_is_gone_with_the_next_request()
    {
        var ada = await server.UserAsync("data-scientist", project: "transit");
        await ada.GetAsync("/api/v1/projects/transit/models");

        await server.Local.SendAsync("DELETE", $"{Grants}?user={ada.Name}&role=data-scientist&project=transit");

        await ada.RefusedAsync("GET", "/api/v1/projects/transit/models");
        await server.Local.PostAsync(
            Grants,
            new
            {
                user = ada.Name,
                role = "auditor",
                project = "transit",
            }
        );
        await ada.GetAsync("/api/v1/projects/transit/models");
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task A_role_that_one_server_takes_is_gone_at_the_other_at_once()
    {
        Assert.SkipUnless(TestKernel.OnPostgres, "Two servers share a database on PostgreSQL only.");
        var second = await server.SecondAsync();
        var here = await server.UserAsync("data-scientist", project: "transit");
        var there = server.As(here.Name, here.Token, second);
        await there.GetAsync("/api/v1/projects/transit/models");

        await server.Local.SendAsync("DELETE", $"{Grants}?user={here.Name}&role=data-scientist&project=transit");

        await there.RefusedAsync("GET", "/api/v1/projects/transit/models");
        await second.PostAsync(Grants, new { user = here.Name, role = "auditor" });
        await here.GetAsync("/api/v1/projects/transit/models");
        await server.Local.SendAsync("DELETE", "/api/v1/credentials/" + here.Name);
        Assert.Equal(HttpStatusCode.Unauthorized, (await there.SendAsync("GET", "/api/v1/status")).Status);
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Nobody_grants_themselves_more_than_they_rule()
    {
        var scientist = await server.UserAsync("data-scientist", project: "transit");
        var owner = await server.UserAsync("admin", project: "transit");

        await scientist.RefusedAsync(
            "POST",
            Grants,
            new
            {
                user = scientist.Name,
                role = "approver",
                project = "transit",
            }
        );
        await scientist.RefusedAsync("POST", "/api/v1/credentials", new { name = "helper", role = "admin" });
        await owner.RefusedAsync("POST", Grants, new { user = owner.Name, role = "admin" });
        await owner.RefusedAsync(
            "POST",
            Grants,
            new
            {
                user = owner.Name,
                role = "auditor",
                project = "secret-lab",
            }
        );
        await owner.RefusedAsync(
            "POST",
            Grants,
            new
            {
                user = owner.Name,
                role = "auditor",
                folder = "/",
            }
        );
        await owner.RefusedAsync("DELETE", Grants + "?user=root&role=admin");
        await owner.RefusedAsync("DELETE", "/api/v1/credentials/root");
        await owner.PostAsync(
            Grants,
            new
            {
                user = scientist.Name,
                role = "approver",
                project = "transit",
            }
        );
        await owner.PostAsync(
            Grants,
            new
            {
                user = scientist.Name,
                role = "auditor",
                folder = "transit/train",
            }
        );
    }

    [Fact]
    public async Task Everybody_sees_their_own_roles_and_what_these_allow_and_nobody_elses()
    {
        var ada = await server.UserAsync("model-researcher", folder: "vision");
        var auditor = await server.UserAsync("auditor");

        var own = Assert.Single((await ada.GetAsync(Grants)).EnumerateArray());
        Assert.Equal("vision", own.GetProperty("grants")[0].GetProperty("place").GetString());
        await ada.RefusedAsync("GET", Grants + "?user=root");
        await ada.RefusedAsync("GET", "/api/v1/access/check?user=root&permission=read");
        var yes = await ada.GetAsync("/api/v1/access/check?permission=tracking.write&folder=/vision/cats/");
        var no = await auditor.GetAsync(
            $"/api/v1/access/check?user={ada.Name}&permission=tracking.write&folder=visionary"
        );
        Assert.Equal(
            (true, "model-researcher", false),
            (
                yes.GetProperty("allowed").GetBoolean(),
                yes.GetProperty("by").GetProperty("role").GetString(),
                no.GetProperty("allowed").GetBoolean()
            )
        );
        var (status, answer) = await auditor.SendAsync("GET", "/api/v1/access/check?permission=fly");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("tracking.write", answer);
    }
}
