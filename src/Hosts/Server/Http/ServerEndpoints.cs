using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Credentials;
using Rondo.Kernel.Events;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Server.Http;

/// <summary>What belongs to no module: status, the event log, projects, credentials.</summary>
internal static class ServerEndpoints
{
    private const int WaitSecondsMax = 30;

    public static void MapServer(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/status", StatusAsync);
        routes.MapGet("/api/v1/events", EventsAsync);
        routes.MapGet("/api/v1/projects", (ProjectStore projects) => projects.ListAsync());
        routes.MapPost(
            "/api/v1/projects",
            async (NewProject body, ProjectStore projects, HttpContext context) =>
                Results.Created(
                    $"/api/v1/projects/{body.Name}",
                    await projects.CreateAsync(body.Name ?? "", context.GetActor())
                )
        );
        routes.MapPost(
            "/api/v1/credentials",
            async (NewCredential body, CredentialStore credentials, HttpContext context) =>
                new { body.Name, Token = await credentials.CreateAsync(body.Name ?? "", context.GetActor()) }
        );
        routes.MapDelete(
            "/api/v1/credentials/{name}",
            (string name, CredentialStore credentials, HttpContext context) =>
                credentials.RevokeAsync(name, context.GetActor())
        );
    }

    private static async Task<ServerStatus> StatusAsync(
        ReconcilerService reconcilers,
        EventLog log,
        ServerOptions options,
        ProjectStore projects
    ) =>
        new(
            Version: typeof(ServerEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                is { } version
                ? version.InformationalVersion.Split('+')[0]
                : "0",
            Listen: options.Listen,
            ProcessId: Environment.ProcessId,
            ResidentBytes: Environment.WorkingSet,
            Position: await log.HeadAsync(),
            Projects: [.. (await projects.ListAsync()).Select(project => project.Name)],
            Busy: await reconcilers.PendingAsync()
        );

    private static async Task<EventPage> EventsAsync(EventLog log, HttpContext context, [AsParameters] EventQuery query)
    {
        var after = query.After ?? 0;
        var limit = PageLimit.Of(query.Limit);
        var filter = new EventFilter(query.Project, query.Type, query.Subject);
        if (query.Newest is true)
        {
            var head = await log.HeadAsync();
            var newest = await log.ReadNewestAsync(limit, filter);
            return new EventPage(newest, Math.Max(head, newest.Count > 0 ? newest[^1].Position : 0));
        }

        using var listener = log.Listen(_ => true);
        var events = await log.ReadAsync(after, limit, filter);
        if (events.Count == 0 && query.Wait is > 0)
        {
            var atMost = TimeSpan.FromSeconds(Math.Min(query.Wait.Value, WaitSecondsMax));
            await listener.WaitAsync(atMost, context.RequestAborted);
            events = await log.ReadAsync(after, limit, filter);
        }

        return new EventPage(events, events.Count > 0 ? events[^1].Position : after);
    }

    internal sealed record NewProject(string? Name);

    internal sealed record NewCredential(string? Name);

    internal sealed record EventQuery(
        long? After,
        int? Limit,
        string? Project,
        string? Type,
        string? Subject,
        int? Wait,
        bool? Newest
    );

    internal sealed record EventPage(IReadOnlyList<LoggedEvent> Items, long Next);

    internal sealed record ServerStatus(
        string Version,
        string Listen,
        int ProcessId,
        long ResidentBytes,
        long Position,
        IReadOnlyList<string> Projects,
        IReadOnlyDictionary<string, long> Busy
    );
}
