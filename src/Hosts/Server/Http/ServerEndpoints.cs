using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Events;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Server.Http;

/// <summary>What belongs to no module: status, the event log, projects.</summary>
internal static class ServerEndpoints
{
    private const int WaitSecondsMax = 30;

    public static void MapServer(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/status", StatusAsync).NeedsNothing();
        routes.MapGet("/api/v1/events", EventsAsync).NeedsSomewhere(Permission.Read);
        routes.MapGet("/api/v1/projects", ProjectsAsync).NeedsNothing();
        routes
            .MapPost(
                "/api/v1/projects",
                async (NewProject body, ProjectStore projects, HttpContext context) =>
                    Results.Created(
                        $"/api/v1/projects/{body.Name}",
                        await projects.CreateAsync(body.Name ?? "", context.GetActor())
                    )
            )
            .Needs(Permission.ServerOperate, At.Everything);
    }

    private static async Task<IReadOnlyList<Project>> ProjectsAsync(ProjectStore projects, HttpContext context)
    {
        var all = await projects.ListAsync();
        return context.GetCaller().ProjectsWith(Permission.Read) is { } known
            ? [.. all.Where(project => known.Contains(project.Name, StringComparer.Ordinal))]
            : all;
    }

    private static async Task<ServerStatus> StatusAsync(
        HttpContext context,
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
            Projects: [.. (await ProjectsAsync(projects, context)).Select(project => project.Name)],
            Busy: await reconcilers.PendingAsync()
        );

    private static async Task<EventPage> EventsAsync(EventLog log, HttpContext context, [AsParameters] EventQuery query)
    {
        var after = query.After ?? 0;
        var limit = PageLimit.Of(query.Limit);
        var filter = new EventFilter(query.Project, query.Type, query.Subject)
        {
            Projects = context.GetCaller().ProjectsWith(Permission.Read),
        };
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
