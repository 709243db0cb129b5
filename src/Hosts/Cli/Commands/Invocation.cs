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

    public Screen Screen { get; } = new(parsed.GetValue(GlobalOptions.Output) == OutputFormat.Json);

    public CancellationToken Cancellation => cancellation;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

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
