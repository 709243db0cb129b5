using System.CommandLine;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Kernel.Projects;

namespace Rondo.Cli.Commands;

/// <summary>One call of a command: its arguments, the server it talks to, and where its answer goes.</summary>
internal sealed class Invocation(ParseResult parsed, CancellationToken cancellation)
{
    private const int ProjectsLookedAtMax = 20;
    private const int ProjectsToldMax = 20;

    private RondoApi? _api;
    private IReadOnlyList<string>? _projects;

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
    public T? Optional<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>The path of what belongs to the project that is meant.</summary>
    public async Task<string> ProjectPathAsync() => "/api/v1/projects/" + Segment.Of(await ProjectAsync());

    /// <summary>The part of a query that narrows a list to the project asked for; empty where none was. A project that is not there is an error, not an empty list.</summary>
    public async Task<string> ProjectFilterAsync()
    {
        if (parsed.GetValue(GlobalOptions.Project) is not { } asked)
        {
            return "";
        }

        var names = await ProjectNamesAsync();
        return names.Contains(asked, StringComparer.Ordinal)
            ? "&project=" + Uri.EscapeDataString(asked)
            : throw new RondoException(
                ErrorCode.NotFound,
                $"There is no project '{asked}'.",
                names.Count == 0
                    ? "Create one: rondo projects create NAME."
                    : "There are: "
                        + string.Join(", ", names.OrderBy(name => name == Project.OfClients).Take(ProjectsToldMax))
                        + "."
            );
    }

    /// <summary>
    /// The project that is meant: the one asked for, or the only one there is.
    /// That of the models of MLflow's clients does not count beside another: it comes by itself.
    /// </summary>
    public async Task<string> ProjectAsync() =>
        parsed.GetValue(GlobalOptions.Project) is { } asked ? asked : OnlyOne(await ProjectNamesAsync());

    /// <summary>
    /// The path of a model: in the project asked for, else in the only one that has a model of this name, among them that of MLflow's clients. Where none
    /// has, in the project that is meant.
    /// </summary>
    public async Task<string> ModelPathAsync(string model)
    {
        if (parsed.GetValue(GlobalOptions.Project) is { } asked)
        {
            return PathOf(asked, model);
        }

        var names = await ProjectNamesAsync();
        if (names.Count is 1 or > ProjectsLookedAtMax)
        {
            return PathOf(OnlyOne(names), model);
        }

        var having = new List<string>();
        foreach (var name in names)
        {
            if (await HasModelAsync(name, model))
            {
                having.Add(name);
            }
        }

        return having.Count switch
        {
            0 => PathOf(OnlyOne(names), model),
            1 => PathOf(having[0], model),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{having.Count} projects have a model '{model}': say which.",
                "Add --project " + string.Join(" or --project ", having) + "."
            ),
        };
    }

    /// <summary>Whether models of MLflow's clients are there that a list of models does not show, since no project was asked for.</summary>
    public async Task<bool> OthersOfClientsAsync() =>
        parsed.GetValue(GlobalOptions.Project) is null
        && await ProjectNamesAsync() is { Count: > 1 } names
        && names.Contains(Project.OfClients, StringComparer.Ordinal);

    private async Task<bool> HasModelAsync(string project, string model)
    {
        try
        {
            await Api.GetAsync(PathOf(project, model) + "/versions?limit=1", cancellation);
            return true;
        }
        catch (RondoException e) when (e.Code == ErrorCode.NotFound)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<string>> ProjectNamesAsync() =>
        _projects ??= [
            .. (await Api.GetAsync("/api/v1/projects", cancellation)).Items().Select(project => project.Text("name")!),
        ];

    private static string PathOf(string project, string model) =>
        $"/api/v1/projects/{Segment.Of(project)}/models/{Segment.Of(model)}";

    private static string OnlyOne(IReadOnlyList<string> names)
    {
        var own = names.Count > 1 ? [.. names.Where(name => name != Project.OfClients)] : names;
        return own.Count == 1
            ? own[0]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                own.Count == 0
                    ? "This server has no project that you may see."
                    : $"This server has {own.Count} projects: say which.",
                own.Count == 0
                    ? "Create one (rondo projects create NAME), or ask for a role in one."
                    : "Add --project " + string.Join(" or --project ", own.Take(5)) + "."
            );
    }
}
