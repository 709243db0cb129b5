using System.CommandLine;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary>One call of a command: its arguments, the server it talks to, and where its answer goes.</summary>
internal sealed class Invocation(ParseResult parsed, CancellationToken cancellation)
{
    private RondoApi? _api;

    /// <summary>The server, found on first use.</summary>
    public RondoApi Api =>
        _api ??= new RondoApi(
            ServerAddress.Find(parsed.GetValue(GlobalOptions.Server)),
            Environment.GetEnvironmentVariable("RONDO_TOKEN")
        );

    public Screen Screen { get; } =
        new(string.Equals(parsed.GetValue(GlobalOptions.Output), "json", StringComparison.OrdinalIgnoreCase));

    public CancellationToken Cancellation => cancellation;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>An argument that may be left out.</summary>
    public string? Optional(Argument<string?> argument) => parsed.GetValue(argument);

    /// <summary>The path of what belongs to the project that is meant.</summary>
    public async Task<string> ProjectPathAsync() => "/api/v1/projects/" + Segment.Of(await ProjectAsync());

    /// <summary>The part of a query that narrows a list to the project asked for; empty where none was. A project that is not there is an error, not an empty list.</summary>
    public async Task<string> ProjectFilterAsync()
    {
        if (parsed.GetValue(GlobalOptions.Project) is not { } asked)
        {
            return "";
        }

        var projects = (await Api.GetAsync("/api/v1/projects", cancellation)).Items();
        return projects.Any(project => project.Text("name") == asked)
            ? "&project=" + Uri.EscapeDataString(asked)
            : throw new RondoException(
                ErrorCode.NotFound,
                $"There is no project '{asked}'.",
                projects.Count == 0
                    ? "Create one: rondo projects create NAME."
                    : "There are: " + string.Join(", ", projects.Take(20).Select(project => project.Text("name"))) + "."
            );
    }

    /// <summary>The project that is meant: the one asked for, or the only one there is.</summary>
    public async Task<string> ProjectAsync()
    {
        if (parsed.GetValue(GlobalOptions.Project) is { } asked)
        {
            return asked;
        }

        var projects = (await Api.GetAsync("/api/v1/projects", cancellation)).Items();
        return projects.Count == 1
            ? projects[0].Text("name")!
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                projects.Count == 0
                    ? "This server has no project yet."
                    : $"This server has {projects.Count} projects: say which.",
                projects.Count == 0
                    ? "Create one: rondo projects create NAME."
                    : "Add --project "
                        + string.Join(" or --project ", projects.Take(5).Select(p => p.Text("name")))
                        + "."
            );
    }
}
