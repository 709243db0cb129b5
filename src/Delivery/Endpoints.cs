using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Delivery.Builds;
using Rondo.Delivery.Releases;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;

namespace Rondo.Delivery;

internal static class Endpoints
{
    private const int LogBytesAtOnce = 256 * 1024;
    private const int WaitSecondsMax = 30;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/projects/{project}/builds", ListBuildsAsync).Needs(Permission.Read, At.Project);
        routes
            .MapGet("/api/v1/builds/{id}", (string id, BuildStore builds) => builds.GetAsync(id))
            .Needs(Permission.Read, OfBuild);
        routes.MapGet("/api/v1/projects/{project}/builds/{id}", GetBuildAsync).Needs(Permission.Read, At.Project);
        routes.MapGet("/api/v1/builds/{id}/log", LogAsync).Needs(Permission.Read, OfBuild);
        routes.MapGet("/api/v1/projects/{project}/builds/{id}/log", LogAsync).Needs(Permission.Read, At.Project);
        routes.MapGet("/api/v1/projects/{project}/releases", ListReleasesAsync).Needs(Permission.Read, At.Project);
        routes
            .MapPost("/api/v1/projects/{project}/promote", PromoteAsync)
            .Needs(Permission.DeliveryPromote, At.Project);
    }

    private static PlaceFinder OfBuild { get; } =
        async context =>
        {
            var builds = context.RequestServices.GetRequiredService<BuildStore>();
            return [Place.Project((await builds.GetAsync((string)context.Request.RouteValues["id"]!)).Project)];
        };

    private static async Task<Page<Build>> ListBuildsAsync(
        string project,
        int? limit,
        string? before,
        BuildStore builds,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        return await builds.ListAsync(project, PageLimit.Of(limit), before);
    }

    private static async Task<Build> GetBuildAsync(string? project, string id, BuildStore builds) =>
        await builds.GetAsync(id) is var build && (project ?? build.Project) == build.Project
            ? build
            : throw new RondoException(ErrorCode.NotFound, $"Project '{project}' has no build '{id}'.");

    private static async Task<Page<Release>> ListReleasesAsync(
        string project,
        int? limit,
        string? before,
        ReleaseStore releases,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        return await releases.ListAsync(project, PageLimit.Of(limit), before);
    }

    private static async Task<IResult> PromoteAsync(
        string project,
        PromotionWish wish,
        Promotion promotion,
        HttpContext context
    ) =>
        Results.Json(
            await promotion.PromoteAsync(project, wish.From, wish.To, context.GetActor()),
            statusCode: StatusCodes.Status202Accepted
        );

    /// <summary>The log from a byte on; asks again from <c>next</c>, until <c>ended</c>.</summary>
    private static async Task<BuildLogPart> LogAsync([AsParameters] LogQuery query)
    {
        var build = await GetBuildAsync(query.Project, query.Id, query.Builds);
        var after = Math.Max(0, query.After ?? 0);
        // Taken before reading: what is written in between completes it.
        var live = query.Queue.Find(build.Id);
        var changed = live?.Log.Changed ?? Task.CompletedTask;
        var part = await ReadAsync(query.Queue.LogFileOf(build.Id), after);
        if (part.Length == 0 && live is not null && query.Wait is > 0)
        {
            try
            {
                await changed.WaitAsync(
                    TimeSpan.FromSeconds(Math.Min(query.Wait.Value, WaitSecondsMax)),
                    query.Time,
                    query.Context.RequestAborted
                );
            }
            catch (TimeoutException)
            {
                // Nothing was said: the client asks again.
            }

            part = await ReadAsync(query.Queue.LogFileOf(build.Id), after);
        }

        var ended = part.Length == 0 && build.State is BuildStates.Succeeded or BuildStates.Failed;
        var lines = Encoding.UTF8.GetString(part).Split('\n')[..^1];
        return new BuildLogPart(lines, after + part.Length, ended, build.State);
    }

    // Whole lines only, so that no character is cut in two.
    private static async Task<byte[]> ReadAsync(string file, long after)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = Math.Min(after, stream.Length);
        var buffer = new byte[Math.Min(LogBytesAtOnce, stream.Length - stream.Position)];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..(Array.LastIndexOf(buffer, (byte)'\n', Math.Max(0, read - 1)) + 1)];
    }

    internal sealed record PromotionWish(string? From, string? To);

    internal sealed record BuildLogPart(IReadOnlyList<string> Lines, long Next, bool Ended, string State);

    internal sealed record LogQuery(
        string? Project,
        string Id,
        long? After,
        int? Wait,
        HttpContext Context,
        BuildStore Builds,
        BuildQueue Queue,
        TimeProvider Time
    );
}
