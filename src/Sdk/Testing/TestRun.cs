using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk.Testing;

/// <summary>
/// A run of a pipeline in a temporary folder, for a test: <c>await using var run = await TestRun.OfAsync(app, "train")</c>.
/// It reads the sample files of the datasets unless told otherwise.
/// </summary>
public sealed class TestRun : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ContentStore _store;
    private readonly StringWriter _log;

    private TestRun(LocalRun run, string folder, StringWriter log)
    {
        Run = run;
        _folder = folder;
        _log = log;
        _store = new ContentStore(Path.Combine(folder, "store"));
    }

    /// <summary>What happened at each node.</summary>
    public LocalRun Run { get; }

    /// <summary>What the steps logged.</summary>
    public string Log => _log.ToString();

    /// <summary>Runs a pipeline to its end, whatever that is.</summary>
    /// <param name="app">The declared system.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="data">Files by dataset, in the place of their samples.</param>
    /// <param name="parameters">Parameters as text, in the place of their defaults.</param>
    public static async Task<TestRun> OfAsync(
        MlApp app,
        string pipeline,
        IReadOnlyDictionary<string, string>? data = null,
        IReadOnlyDictionary<string, string>? parameters = null
    )
    {
        app.Check();
        var folder = Directory.CreateTempSubdirectory("rondo-run-").FullName;
        var options = new LocalOptions
        {
            Pipeline = pipeline,
            Sample = true,
            Folder = folder,
            Data = data ?? new Dictionary<string, string>(StringComparer.Ordinal),
            Parameters = parameters ?? new Dictionary<string, string>(StringComparer.Ordinal),
        };
        var log = new StringWriter();
        var run = await new LocalRunner(app, options, TimeProvider.System, TextWriter.Synchronized(log)).RunAsync();
        return new TestRun(run, folder, log);
    }

    /// <summary>Fails the test, with the report of the run, unless every step succeeded.</summary>
    public TestRun Succeeded() => Ended(LocalState.Succeeded);

    /// <summary>Fails the test, with the report of the run, unless it ended like this.</summary>
    public TestRun Ended(LocalState state) =>
        Run.State == state
            ? this
            : throw new InvalidOperationException(
                $"The run ended as {Run.State}, not as {state}.\n{LocalReport.Of(Run)}\n{Log}"
            );

    /// <summary>The node of that id.</summary>
    public LocalNode Node(string id) =>
        Run.Nodes.FirstOrDefault(node => node.Id == id)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"Pipeline '{Run.Pipeline}' has no node '{id}'.",
            $"It has: {string.Join(", ", Run.Nodes.Select(node => node.Id))}."
        );

    /// <summary>An output that is a table of <typeparamref name="T"/>.</summary>
    public Table<T> Rows<T>(string node, string port = "value") => Read(node, port, Artifacts.Table<T>());

    /// <summary>An output that is a model.</summary>
    public Model Model(string node, string port = "value") => Read(node, port, Artifacts.Model);

    /// <summary>An output that is a record.</summary>
    public T Value<T>(string node, string port = "value") =>
        JsonSerializer.Deserialize<T>(
            File.ReadAllBytes(_store.PathOf(Output(node, port).Artifact.Digest)),
            RondoJson.Options
        )!;

    /// <summary>Deletes the folder.</summary>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    private T Read<T>(string node, string port, ArtifactCodec<T> codec)
    {
        var artifact = Output(node, port).Artifact;
        return codec.Read(new StoredArtifact(artifact, _store.PathOf(artifact.Digest)));
    }

    private LocalArtifact Output(string node, string port) =>
        Node(node).Outputs.GetValueOrDefault(port)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"Node '{node}' ({Node(node).State}) has no output '{port}'.",
            $"It has: {string.Join(", ", Node(node).Outputs.Keys)}."
        );
}
