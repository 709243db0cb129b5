using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>credentials</c>, <c>roles</c>, <c>access</c>: who may do what where.</summary>
internal static class AccessCommands
{
    private const string Grants = "/api/v1/access/grants";
    private const int ExitForbidden = 1;

    private static readonly Argument<string> s_name = new("name") { Description = "Who will use it, such as ci." };

    private static readonly Argument<string> s_user = new("user") { Description = "The name of a credential." };

    private static readonly Argument<string> s_role = new("role") { Description = "One of: rondo roles." };

    private static readonly Argument<string> s_permission = new("permission")
    {
        Description = "Such as tracking.write; all of them: rondo roles.",
    };

    private static readonly Option<string?> s_asRole = new("--role") { Description = "The role that it gets." };

    private static readonly Option<string?> s_folder = new("--folder")
    {
        Description = "Only in a folder of experiments and below, such as vision/cats.",
    };

    private static readonly Option<string?> s_ofUser = new("--user") { Description = "Only those of one user." };

    public static IReadOnlyList<Command> Create() =>
        [
            CommandBuilding.Make(
                "credentials",
                "Tokens with which other machines may use this server.",
                null,
                CommandBuilding.Make(
                    "create",
                    "Make a token; it is shown once. Its role holds in --project, in --folder, or everywhere.",
                    CreateAsync,
                    s_name,
                    s_asRole,
                    s_folder
                ),
                CommandBuilding.Make("revoke", "Take a token back.", RevokeCredentialAsync, s_name)
            ),
            CommandBuilding.Make("roles", "What each role may do.", RolesAsync),
            CommandBuilding.Make(
                "access",
                "Who has which role where.",
                ListAsync,
                CommandBuilding.Make("list", "Every user, with roles and places.", ListAsync, s_ofUser),
                CommandBuilding.Make(
                    "grant",
                    "Give a user a role in --project, in --folder, or everywhere.",
                    GrantAsync,
                    s_user,
                    s_role,
                    s_folder
                ),
                CommandBuilding.Make("revoke", "Take a role back.", RevokeAsync, s_user, s_role, s_folder),
                CommandBuilding.Make(
                    "check",
                    "Whether a user may do something in --project, in --folder, or everywhere, and by which grant.",
                    CheckAsync,
                    s_user,
                    s_permission,
                    s_folder
                )
            ),
        ];

    private static async Task CreateAsync(Invocation call)
    {
        var made = await call.Api.PostAsync(
            "/api/v1/credentials",
            new
            {
                name = call.Get(s_name),
                role = call.Get(s_asRole),
                project = call.Get(GlobalOptions.Project),
                folder = call.Get(s_folder),
            },
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(made);
        }

        call.Screen.Line(made.Text("token")!);
        call.Screen.Progress($"[grey]Keep it: it cannot be shown again. Commands read it from RONDO_TOKEN.[/]");
        call.Screen.Progress(
            made.At("grant") is { ValueKind: JsonValueKind.Object } grant
                ? (FormattableString)$"[grey]Its role: {grant.Text("role")} on {PlaceOf(grant)}.[/]"
                : $"[yellow]It may do nothing yet. Give it a role: rondo access grant {made.Text("name")} ROLE.[/]"
        );
    }

    private static async Task RevokeCredentialAsync(Invocation call)
    {
        var name = call.Get(s_name);
        await call.Api.DeleteAsync($"/api/v1/credentials/{Segment.Of(name)}", call.Cancellation);
        call.Screen.Done(new { name, revoked = true }, $"Credential [bold]{name}[/] is revoked.");
    }

    private static async Task RolesAsync(Invocation call)
    {
        var answer = await call.Api.GetAsync("/api/v1/roles", call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        // Roles have long names, and permissions are many: a column is a role by its number.
        var roles = answer.At("roles")!.Value.Items();
        call.Screen.List(
            answer.At("permissions")!.Value,
            "There is no permission.",
            [
                Column.Of("permission", "name"),
                .. roles
                    .Index()
                    .Select(role => new Column(
                        (role.Index + 1).ToString(CultureInfo.InvariantCulture),
                        row => Has(role.Item, row.Text("name")) ? "x" : "",
                        RightAligned: true
                    )),
                Column.Of("to", "what"),
            ]
        );
        foreach (var (i, role) in roles.Index())
        {
            call.Screen.Line(
                string.Create(CultureInfo.InvariantCulture, $"{i + 1}  {role.Text("name")}: {role.Text("what")}")
            );
        }
    }

    private static async Task ListAsync(Invocation call)
    {
        var user = call.Get(s_ofUser);
        var answer = await call.Api.GetAsync(
            Grants + (user is null ? "" : "?user=" + Uri.EscapeDataString(user)),
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        var rows = answer
            .Items()
            .SelectMany(one =>
                one.At("grants")!.Value.Items() is { Count: > 0 } grants
                    ? grants
                    :
                    [
                        JsonSerializer.SerializeToElement(
                            new { user = one.Text("user"), role = "none: may do nothing" }
                        ),
                    ]
            );
        call.Screen.List(
            JsonSerializer.SerializeToElement(rows),
            "There is no credential yet. Make one: rondo credentials create NAME.",
            Column.Of("user", "user"),
            Column.Of("role", "role"),
            new Column("where", PlaceOf),
            Column.Time("granted", "grantedAt"),
            Column.Of("by", "grantedBy")
        );
    }

    private static async Task GrantAsync(Invocation call)
    {
        var made = await call.Api.PostAsync(
            Grants,
            new
            {
                user = call.Get(s_user),
                role = call.Get(s_role),
                project = call.Get(GlobalOptions.Project),
                folder = call.Get(s_folder),
            },
            call.Cancellation
        );
        call.Screen.Done(made, $"[bold]{made.Text("user")}[/] is {made.Text("role")} on {PlaceOf(made)}.");
    }

    private static async Task RevokeAsync(Invocation call)
    {
        var (user, role) = (call.Get(s_user), call.Get(s_role));
        await call.Api.DeleteAsync(
            $"{Grants}?user={Uri.EscapeDataString(user)}&role={Uri.EscapeDataString(role)}{PlaceIn(call)}",
            call.Cancellation
        );
        call.Screen.Done(
            new
            {
                user,
                role,
                revoked = true,
            },
            $"[bold]{user}[/] is no {role} there any more."
        );
    }

    private static async Task<int> CheckAsync(Invocation call)
    {
        var (user, permission) = (call.Get(s_user), call.Get(s_permission));
        var answer = await call.Api.GetAsync(
            $"/api/v1/access/check?user={Uri.EscapeDataString(user)}&permission={Uri.EscapeDataString(permission)}{PlaceIn(call)}",
            call.Cancellation
        );
        var place = answer.Text("place");
        if (answer.At("by") is { ValueKind: JsonValueKind.Object } by)
        {
            call.Screen.Done(
                answer,
                $"Yes: [bold]{user}[/] has {permission} on {place}, being {by.Text("role")} on {PlaceOf(by)}."
            );
            return 0;
        }

        var roles = string.Join(", ", answer.At("roles")!.Value.Items().Select(role => role.GetString()));
        call.Screen.Done(answer, $"No: [bold]{user}[/] lacks {permission} on {place}. These roles have it: {roles}.");
        return ExitForbidden;
    }

    private static string PlaceIn(Invocation call) =>
        (call.Get(GlobalOptions.Project) is { } project ? "&project=" + Uri.EscapeDataString(project) : "")
        + (call.Get(s_folder) is { } folder ? "&folder=" + Uri.EscapeDataString(folder) : "");

    private static string? PlaceOf(JsonElement grant) =>
        grant.Text("kind") is not { } kind ? null
        : kind == "everything" ? kind
        : $"{kind} {grant.Text("place")}";

    private static bool Has(JsonElement role, string? permission) =>
        role.At("permissions")!.Value.Items().Any(one => one.GetString() == permission);
}
