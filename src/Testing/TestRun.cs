using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>
/// A run of a pipeline in a temporary folder, for a test: <c>await using var run = await TestRun.OfAsync(app, "train")</c>, or with more
/// to say <c>await TestRun.Of(app, "train").Parameter("rate", 0.1).RunAsync()</c>. It reads the sample files of the datasets unless told
/// otherwise.
/// </summary>
public sealed class TestRun : IAsyncDisposable
{
    private const string ResumeFirst = "It was killed. Let it go on with ResumeAsync first.";

    private readonly TestSetting _setting;
    private readonly TestPlace _place;
    private readonly IReadOnlyList<string> _chain;

    private TestRun(LocalRun run, bool killed, TestSetting setting, TestPlace place, IReadOnlyList<string> chain)
    {
        Run = run;
        WasKilled = killed;
        _setting = setting;
        _place = place;
        _chain = chain;
    }

    /// <summary>What happened at each node; where the run was killed, at each that had come to its end.</summary>
    public LocalRun Run { get; }

    /// <summary>Whether it was killed where <see cref="TestScenario.CrashAt"/> says.</summary>
    public bool WasKilled { get; }

    /// <summary>What the steps logged, also before it was killed.</summary>
    public string Log => _place.Log.ToString();

    /// <summary>Where it keeps its files until it is disposed.</summary>
    public string Folder => _place.Folder;

    /// <summary>A run of which there is more to say before it begins.</summary>
    public static TestScenario Of(MlApp app, string pipeline) => new(app, pipeline);

    /// <summary>Runs a pipeline to its end, whatever that is.</summary>
    /// <param name="app">The declared system.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="data">Files by dataset, in the place of their samples.</param>
    /// <param name="parameters">Parameters as text, in the place of their defaults.</param>
    public static Task<TestRun> OfAsync(
        MlApp app,
        string pipeline,
        IReadOnlyDictionary<string, string>? data = null,
        IReadOnlyDictionary<string, string>? parameters = null
    )
    {
        var scenario = Of(app, pipeline);
        foreach (var (dataset, files) in data ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            scenario.Data(dataset, files);
        }
        foreach (var (name, value) in parameters ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            scenario.Parameter(name, value);
        }
        return scenario.RunAsync();
    }

    /// <summary>Goes on from what is on disk: what was published is not computed again. The crashes of the scenario are past.</summary>
    /// <param name="app">The system as it is declared now; null: as it was.</param>
    public Task<TestRun> ResumeAsync(MlApp? app = null) => GoOnAsync(app, null);

    /// <summary>Goes on from what is on disk, and is killed again.</summary>
    /// <inheritdoc cref="TestScenario.CrashAt"/>
    public Task<TestRun> ResumeAsync(CrashPoint point, string? node = null, int time = 1) =>
        GoOnAsync(null, new Crash(CrashLines.Of(point), node, time));

    /// <summary>Runs the pipeline once more in the same folder, after so long: what is equal is reused, unless it has expired.</summary>
    /// <param name="after">How much time passes before.</param>
    /// <param name="change">What is other than in this run: parameters, data, fakes.</param>
    /// <param name="app">The system as it is declared now; null: as it was.</param>
    public Task<TestRun> AgainAsync(TimeSpan after = default, Action<TestScenario>? change = null, MlApp? app = null)
    {
        _place.Jump(after);
        var scenario = new TestScenario(_setting with { App = app ?? _setting.App });
        change?.Invoke(scenario);
        return StartAsync(scenario.Setting(), _place, [], CancellationToken.None);
    }

    /// <summary>Fails the test, with the report of the run, unless every step succeeded.</summary>
    public TestRun Succeeded() => Ended(LocalState.Succeeded);

    /// <summary>Fails the test, with the report of the run, unless it ended like this.</summary>
    public TestRun Ended(LocalState state)
    {
        if (WasKilled)
        {
            throw new AssertionFailedException($"The run has not ended as {state}. {ResumeFirst}");
        }
        return Run.State == state
            ? this
            : throw new AssertionFailedException(
                $"The run ended as {Run.State}, not as {state}. {Run.Reason}\n{LocalReport.Of(Run)}\n{Log}"
            );
    }

    /// <summary>Fails the test unless it was killed: the point where it should have been was never reached.</summary>
    public TestRun Killed() =>
        WasKilled
            ? this
            : throw new AssertionFailedException(
                $"The run was not killed: it did not come to that point.\n{LocalReport.Of(Run)}"
            );

    /// <summary>The node of that id; within a for-each the id names the item (<c>per-station.17.train</c>).</summary>
    public LocalNode Node(string id) =>
        Run.Nodes.FirstOrDefault(node => node.Id == id)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"This run of pipeline '{Run.Pipeline}' has no node '{id}': there is none, or what holds it was passed over.",
            $"It has: {string.Join(", ", Run.Nodes.Select(node => node.Id))}."
        );

    /// <summary>All items of a node within a for-each, in their order.</summary>
    public IReadOnlyList<LocalNode> Items(string node) => [.. Run.Nodes.Where(known => known.Template == node)];

    /// <summary>
    /// How often the code of a step was called: attempts, also those before the run was killed. For a node within a for-each, the calls for
    /// all its items together.
    /// </summary>
    public int Calls(string node)
    {
        Known(node);
        return _place
            .Probes.SelectMany(probe => probe.Calls)
            .Where(call => call.Key == node || TestPlace.TemplateOf(call.Key) == node)
            .Sum(call => call.Value);
    }

    /// <summary>How often a step has published its outputs, before the run was killed and since.</summary>
    public Publications Published(string node)
    {
        Known(node);
        var runs = new LocalRuns(Folder);
        var counts = _chain
            .Select(runs.Get)
            .SelectMany(run => run.Nodes)
            .Where(known => known.Id == node || known.Template == node)
            .GroupBy(known => known.Id, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Count(one => one.State == LocalState.Succeeded && one.Attempts > 0),
                StringComparer.Ordinal
            );
        return new Publications(node, counts);
    }

    /// <summary>Why a step was computed, or was not, compared with the runs before in the same folder.</summary>
    public LocalExplanation Explain(string node) =>
        LocalExplainer.Explain(Run, new LocalRuns(Folder).Before(Run), node)[0];

    /// <summary>An output that is a table of <typeparamref name="T"/>.</summary>
    public Table<T> Rows<T>(string node, string port = "value") => Read(node, port, Artifacts.Table<T>());

    /// <summary>An output that is a model.</summary>
    public Model Model(string node, string port = "value") => Read(node, port, Artifacts.Model);

    /// <summary>An output that is a preparation.</summary>
    public Preparation Preparation(string node, string port = "value") => Read(node, port, Artifacts.Preparation);

    /// <summary>An output that is a record or another value.</summary>
    public T Value<T>(string node, string port = "value") =>
        JsonSerializer.Deserialize<T>(
            File.ReadAllBytes(_place.Store.PathOf(Output(node, port).Artifact.Digest)),
            RondoJson.Options
        )!;

    /// <summary>Deletes the folder, of this run and of those that went on from it.</summary>
    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static async Task<TestRun> StartAsync(TestSetting setting, CancellationToken cancellation)
    {
        var place = new TestPlace(setting.Clock);
        try
        {
            return await StartAsync(setting, place, [], cancellation);
        }
        catch
        {
            // There is no run that anybody could dispose.
            place.Dispose();
            throw;
        }
    }

    private static async Task<TestRun> StartAsync(
        TestSetting setting,
        TestPlace place,
        IReadOnlyList<string> chain,
        CancellationToken cancellation
    )
    {
        var waits = place.NewWaits();
        var probe = place.NewProbe(waits, setting.Crashes);
        var options = setting.Options with { Folder = place.Folder };
        var runner = new LocalRunner(setting.App, options, place.Time, TextWriter.Synchronized(place.Log))
        {
            Probe = probe,
            Fakes = setting.Fakes,
            Ask = (question, over) => TestPlace.ExpireAsync(waits, question, over),
        };
        var run = await runner.RunAsync(cancellation);
        return new TestRun(run, probe.Killed.IsCompleted, setting, place, [.. chain, run.Id]);
    }

    private Task<TestRun> GoOnAsync(MlApp? app, Crash? crash)
    {
        var options = _setting.Options with
        {
            Resume = Run.Id,
            Partition = null,
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal),
        };
        var setting = _setting with
        {
            App = app ?? _setting.App,
            Options = options,
            Crashes = crash is null ? [] : [crash],
        };
        return StartAsync(setting, _place, _chain, CancellationToken.None);
    }

    private void Known(string node)
    {
        var graph = _setting.App.Find(Run.Pipeline).Graph;
        var template = TestPlace.TemplateOf(node);
        if (graph.Nodes.All(known => known.Id != template))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"Pipeline '{Run.Pipeline}' has no node '{node}'.",
                $"It has: {string.Join(", ", graph.Nodes.Select(known => known.Id))}."
            );
        }
    }

    private T Read<T>(string node, string port, ArtifactCodec<T> codec)
    {
        var artifact = Output(node, port).Artifact;
        return codec.Read(new StoredArtifact(artifact, _place.Store.PathOf(artifact.Digest)));
    }

    private LocalArtifact Output(string node, string port) =>
        Node(node).Outputs.GetValueOrDefault(port)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"Node '{node}' ({Node(node).State}) has no output '{port}'.",
            $"It has: {string.Join(", ", Node(node).Outputs.Keys)}."
        );
}
