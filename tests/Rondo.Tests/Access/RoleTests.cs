using System.Net;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;

namespace Rondo.Tests.Access;

/// <summary>What each role may do: the table, what must never meet in one role, and the server's own answers.</summary>
public sealed class RoleTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string NotThere = "/api/v1/projects/transit/models/none";

    private static readonly Dictionary<Permission, (string Method, string Path, object? Body)> s_probes = new()
    {
        [Permission.Read] = ("GET", "/api/v1/projects/transit/models", null),
        [Permission.TrackingWrite] = ("POST", "experiments/set-experiment-tag", new { experiment_id = "0" }),
        [Permission.DataWrite] = (
            "POST",
            "/api/v1/projects/transit/datasets/d/missing",
            new { digests = Array.Empty<string>() }
        ),
        [Permission.PipelinesRun] = ("POST", "/api/v1/projects/transit/pipelines/none/runs", new { }),
        [Permission.ModelsWrite] = ("PUT", NotThere + "/card", new { }),
        [Permission.ModelsDecide] = ("POST", NotThere + "/versions/1/state", new { state = "approved", reason = "x" }),
        [Permission.EndpointsWrite] = ("POST", "/api/v1/endpoints/none/deployments", new { version = 1 }),
        [Permission.Predict] = ("POST", "/v2/models/none/infer", new { }),
        [Permission.DeliveryPush] = ("GET", "/git/transit.git/info/refs?service=git-receive-pack", null),
        [Permission.DeliveryPromote] = ("POST", "/api/v1/projects/transit/promote", new { }),
        [Permission.SecretsWrite] = ("DELETE", "/api/v1/projects/transit/secrets/none", null),
        [Permission.AccessRead] = ("GET", "/api/v1/access/grants?user=root", null),
        [Permission.AccessWrite] = ("DELETE", "/api/v1/access/grants?user=none&role=client", null),
        [Permission.ServerOperate] = ("POST", "/api/v1/projects", new { name = "Not A Name" }),
    };

    public static TheoryData<string> Roles => [.. Role.All.Select(role => role.Name)];

    [Fact]
    [Trait("Requirement", "R142")]
    public void The_matrix_is_this()
    {
        var rows = Permissions.All.Select(one =>
            $"{one.Name, -16} "
            + string.Concat(Role.All.Select(role => role.Permissions.Holds(one.Permission) ? 'x' : '.'))
        );

        // data-scientist, data-engineer, model-researcher, optimisation-engineer, deployment-engineer, approver, auditor, client, admin
        Assert.Equal(
            """
            read             xxxxxxx.x
            tracking.write   x.xx....x
            data.write       .x......x
            pipelines.run    xx.xx...x
            models.write     x.xx....x
            models.decide    .....x..x
            endpoints.write  ....x...x
            predict          x.xxx..xx
            delivery.push    xx..x...x
            delivery.promote ....x...x
            secrets.write    .x......x
            access.read      ......x.x
            access.write     ........x
            server.operate   ........x
            """.ReplaceLineEndings("\n"),
            string.Join('\n', rows)
        );
    }

    [Theory]
    [InlineData(Permission.ModelsWrite, Permission.ModelsDecide)]
    [InlineData(Permission.TrackingWrite, Permission.ModelsDecide)]
    [InlineData(Permission.ModelsDecide, Permission.EndpointsWrite)]
    [InlineData(Permission.DataWrite, Permission.EndpointsWrite)]
    [InlineData(Permission.EndpointsWrite, Permission.SecretsWrite)]
    [Trait("Requirement", "R142")]
    public void No_role_but_the_admins_both_makes_and_decides(Permission one, Permission other) =>
        Assert.All(
            Role.All.Where(role => role.Permissions.Holds(one | other)),
            role => Assert.Equal(Role.AdminName, role.Name)
        );

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Requirement", "R142")]
    public async Task A_role_may_do_what_its_permissions_say_and_is_refused_all_else(string name)
    {
        Assert.Equal(Permissions.All.Count, s_probes.Count);
        var role = Role.Parse(name);
        var user = await server.UserAsync(name);

        foreach (var (permission, (method, path, body)) in s_probes)
        {
            var (status, answer) = await user.SendAsync(method, path, body);
            Assert.True(
                status == HttpStatusCode.Forbidden != role.Permissions.Holds(permission),
                $"{name} asks for {Permissions.NameOf(permission)}: {status} {answer}"
            );
            Assert.True((int)status < 500, $"{name} asks for {Permissions.NameOf(permission)}: {status} {answer}");
        }
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public void Every_endpoint_says_what_it_needs()
    {
        var silent = server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessRule>() is null)
            .Select(endpoint => endpoint.DisplayName);

        Assert.Empty(silent);
        Assert.True(server.Endpoints.Count > 150);
    }

    [Fact]
    public void What_needs_nothing_but_a_credential_is_little()
    {
        var open = server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint =>
                endpoint.Metadata.GetOrderedMetadata<AccessRule>().All(rule => rule.Permission == Permission.None)
            )
            .Select(endpoint => endpoint.RoutePattern.RawText!)
            .Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "/ajax-api/3.0/mlflow/server-info",
                "/api/3.0/mlflow/server-info",
                "/api/v1/access/check",
                "/api/v1/access/grants",
                "/api/v1/projects",
                "/api/v1/roles",
                "/api/v1/status",
                "/health",
                "/v2/",
                "/v2/health/live",
                "/v2/health/ready",
                "/version",
            ],
            open
        );
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Whoever_has_no_role_reaches_no_endpoint_that_needs_something()
    {
        var nobody = await server.UserAsync();

        foreach (var endpoint in Guarded(_ => true))
        {
            var (method, path) = RequestOf(endpoint);
            var (status, answer) = await nobody.SendAsync(method, path, new { });
            Assert.True(status == HttpStatusCode.Forbidden, $"{method} {path}: {status} {answer}");
        }
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task An_auditor_changes_nothing_whatever_is_asked_for()
    {
        var auditor = await server.UserAsync("auditor");
        var changing = Guarded(endpoint =>
                endpoint
                    .Metadata.GetOrderedMetadata<AccessRule>()
                    .Any(rule => !Role.Parse("auditor").Permissions.Holds(rule.Permission))
            )
            .ToList();

        foreach (var endpoint in changing)
        {
            var (method, path) = RequestOf(endpoint);
            var (status, answer) = await auditor.SendAsync(method, path, new { });
            Assert.True(status == HttpStatusCode.Forbidden, $"{method} {path}: {status} {answer}");
        }

        // What is asked for by POST and changes nothing.
        var others = Guarded(_ => true).Except(changing).Select(RequestOf).Where(asked => asked.Method != "GET");
        Assert.All(others, asked => Assert.Matches("search|get-latest-versions|git-upload-pack", asked.Path));
    }

    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Whoever_may_do_everything_in_one_project_does_nothing_elsewhere()
    {
        var owner = await server.UserAsync(Role.AdminName, project: "secret-lab");

        foreach (var endpoint in Guarded(_ => true))
        {
            var (method, path) = RequestOf(endpoint);
            var (status, answer) = await owner.SendAsync(method, path, new { });
            var isList = endpoint.Metadata.GetOrderedMetadata<AccessRule>().All(rule => rule.Find is null);
            Assert.True(
                (isList && (int)status is < 500 or 501) || (int)status is 403 or 404 or 400,
                $"{method} {path}: {status} {answer}"
            );
        }
    }

    private IEnumerable<RouteEndpoint> Guarded(Func<RouteEndpoint, bool> which) =>
        server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint =>
                endpoint.Metadata.GetOrderedMetadata<AccessRule>().Any(rule => rule.Permission != Permission.None)
            )
            .Where(which);

    // A request that reaches the endpoint, with something in each place of its address.
    private static (string Method, string Path) RequestOf(RouteEndpoint endpoint)
    {
        var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
        var parts = endpoint.RoutePattern.PathSegments.Select(segment =>
            string.Concat(
                segment.Parts.Select(part =>
                    part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal
                        ? literal.Content
                        : "1"
                )
            )
        );
        return (method, "/" + string.Join('/', parts));
    }
}
