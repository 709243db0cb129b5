using System.Reflection;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// A machine-learning system, declared: its datasets, pipelines and endpoints. Declaring runs nothing;
/// <see cref="RunAsync"/> does what the command line asks for.
/// </summary>
public sealed class MlApp
{
    private readonly List<IDeclaredDataset> _datasets = [];
    private readonly List<Pipeline> _pipelines = [];
    private readonly List<Endpoint> _endpoints = [];
    private readonly List<Pool> _pools = [];
    private readonly IReadOnlyList<string> _args;

    private MlApp(IReadOnlyList<string> args, string project)
    {
        _args = args;
        Project = project;
    }

    /// <summary>The project's name.</summary>
    public string Project { get; }

    internal IReadOnlyList<IDeclaredDataset> Datasets => _datasets;

    internal IReadOnlyList<Pipeline> Pipelines => _pipelines;

    internal IReadOnlyList<Pool> Pools => _pools;

    /// <summary>Starts a declaration. The project's name is that of the program unless one is given.</summary>
    public static MlApp Create(IReadOnlyList<string> args, string? project = null)
    {
        project ??= Names.Kebab(Assembly.GetEntryAssembly()?.GetName().Name ?? "project");
        return new MlApp(args, Names.Checked(project, "a project"));
    }

    /// <summary>Declares a dataset.</summary>
    public Dataset<T> Dataset<T>(string name)
    {
        Names.Checked(name, "a dataset");
        Unique("dataset", name, _datasets.Select(dataset => dataset.Name));
        var dataset = new Dataset<T>(name);
        _datasets.Add(dataset);
        return dataset;
    }

    /// <summary>Declares a pipeline: <paramref name="build"/> wires its steps and runs none of them.</summary>
    public Pipeline Pipeline(string name, Action<Graph> build)
    {
        Names.Checked(name, "a pipeline");
        Unique("pipeline", name, _pipelines.Select(pipeline => pipeline.Name));
        var graph = new Graph(name);
        build(graph);
        if (graph.Nodes.Count == 0)
        {
            throw graph.Invalid("there is no step", "Add one: a method marked [Step] is a method of the graph");
        }
        var pipeline = new Pipeline(graph, build);
        _pipelines.Add(pipeline);
        return pipeline;
    }

    /// <summary>Declares a pool: so many attempts of the steps that name it may run at once in the whole project.</summary>
    public Pool Pool(string name, int slots)
    {
        Names.Checked(name, "a pool");
        Unique("pool", name, _pools.Select(pool => pool.Name));
        var pool = new Pool(name, Names.InRange(slots, 1, 100_000, $"The slots of pool '{name}'"));
        _pools.Add(pool);
        return pool;
    }

    /// <summary>Declares an endpoint.</summary>
    public Endpoint Endpoint(string name)
    {
        Names.Checked(name, "an endpoint");
        Unique("endpoint", name, _endpoints.Select(endpoint => endpoint.Name));
        var endpoint = new Endpoint(name);
        _endpoints.Add(endpoint);
        return endpoint;
    }

    /// <summary>Everything that is declared, checked as a whole. Runs no step.</summary>
    /// <exception cref="RondoException">A trigger or an endpoint names something that is not declared.</exception>
    public Manifest ToManifest()
    {
        Check();
        var code = new CodeClosure();
        return new Manifest(
            Manifest.CurrentFormatVersion,
            Project,
            SdkVersion,
            [.. _datasets.Select(dataset => dataset.ToManifest())],
            [.. _pipelines.Select(pipeline => pipeline.ToManifest(code))],
            [.. _endpoints.Select(endpoint => endpoint.ToManifest())]
        )
        {
            Pools = [.. _pools.Select(pool => new PoolManifest(pool.Name, pool.Slots))],
        };
    }

    /// <summary>Does what the command line asks for (by default: run the pipeline here), and returns the exit code.</summary>
    public Task<int> RunAsync() => new AppCommands(this, _args).RunAsync();

    internal static string SdkVersion =>
        typeof(MlApp)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";

    internal StepNode Node(string pipeline, string node) =>
        Find(pipeline).Graph.Find(node)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"Pipeline '{pipeline}' of this package has no node '{node}'.",
            "Run the attempt with the package that its run was created from."
        );

    internal Pipeline Find(string pipeline) =>
        _pipelines.Find(known => known.Name == pipeline)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"There is no pipeline '{pipeline}'.",
            $"Declared are: {List(_pipelines.Select(known => known.Name))}."
        );

    internal void Check() => new AppChecks(new(_datasets, _pipelines, _endpoints, _pools)).Run();

    private static void Unique(string what, string name, IEnumerable<string> known)
    {
        if (known.Contains(name, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There are two {what}s named '{name}'.",
                $"Give each {what} its own name."
            );
        }
    }

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names) is { Length: > 0 } list ? list : "none";
}
