using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>
/// A run of a pipeline while a test says what is to happen in it: <c>TestRun.Of(app, "train").Fake("fit", …).RunAsync()</c>. Datasets
/// are read from their sample files unless told otherwise. Waiting takes no time: retries come at once, with the clock put forward.
/// </summary>
public sealed class TestScenario
{
    private readonly Dictionary<string, string> _data;
    private readonly Dictionary<string, string> _parameters;
    private readonly Dictionary<string, string> _answers;
    private readonly Dictionary<string, string> _secrets;
    private readonly Dictionary<string, Func<StepCall, Task>> _fakes;
    private readonly List<Crash> _crashes = [];
    private readonly MlApp _app;
    private LocalOptions _options;
    private FakeTimeProvider? _clock;

    internal TestScenario(MlApp app, string pipeline)
        : this(
            new TestSetting(
                app,
                new LocalOptions { Pipeline = app.Find(pipeline).Name, Sample = true },
                new Dictionary<string, Func<StepCall, Task>>(StringComparer.Ordinal),
                [],
                null
            )
        ) => app.Check();

    /// <summary>The same again, but that it is not killed.</summary>
    internal TestScenario(TestSetting setting)
    {
        _app = setting.App;
        _options = setting.Options;
        _clock = setting.Clock;
        _fakes = new(setting.Fakes, StringComparer.Ordinal);
        _data = new(_options.Data, StringComparer.Ordinal);
        _parameters = new(_options.Parameters, StringComparer.Ordinal);
        _answers = new(_options.Answers, StringComparer.Ordinal);
        _secrets = new(_options.Secrets, StringComparer.Ordinal);
    }

    /// <summary>Reads a dataset from a file, a folder or a pattern, in the place of its sample.</summary>
    public TestScenario Data(string dataset, string files) => With(() => _data[dataset] = files);

    /// <summary>Sets a parameter: a number, a truth value, a text, or an enum's member.</summary>
    public TestScenario Parameter(string name, object value) => With(() => _parameters[name] = Text(value));

    /// <summary>The partition that the run is for.</summary>
    public TestScenario Partition(string key) => With(() => _options = _options with { Partition = key });

    /// <summary>Answers an approval. An approval without an answer has nobody to give one: its time runs out, if it has one.</summary>
    public TestScenario Answer(string approval, object value) => With(() => _answers[approval] = Text(value));

    /// <summary>Gives a secret.</summary>
    public TestScenario Secret(string name, string value) => With(() => _secrets[name] = value);

    /// <summary>How many steps run at once; 1 makes the order of independent steps that of their declaration. Default: 2.</summary>
    public TestScenario AtOnce(int steps) => With(() => _options = _options with { AtOnce = steps });

    /// <summary>Computes every step, also where an equal one was computed before.</summary>
    public TestScenario Fresh(bool fresh = true) => With(() => _options = _options with { Fresh = fresh });

    /// <summary>
    /// Lets the run have this clock in the place of the machine's. When nothing of the run goes on but waits, the clock is put forward;
    /// otherwise it stands still, for a step's timeout too, until the test moves it.
    /// </summary>
    public TestScenario Clock(FakeTimeProvider clock) => With(() => _clock = clock);

    /// <summary>
    /// Runs something else in the place of a node's step, in a for-each for all items. It gives what the step would: the value of its
    /// output; a tuple of the values, if there are several; anything, if there is none.
    /// </summary>
    public TestScenario Fake(string node, Func<FakeInputs, object?> fake) =>
        Fake(node, inputs => Task.FromResult(fake(inputs)));

    /// <inheritdoc cref="Fake(string, Func{FakeInputs, object})"/>
    public TestScenario Fake(string node, Func<FakeInputs, Task<object?>> fake)
    {
        var known = Steps.FirstOrDefault(step => step.Id == node) ?? throw Unknown(node);
        _fakes[node] = async call => await FakeOutputs.WriteAsync(known, call, await fake(new FakeInputs(known, call)));
        return this;
    }

    /// <summary>
    /// Runs a lambda in the place of a step at all nodes that it makes: <c>.Fake(Steps.Fit, (rows, rate) => new Fitted(1))</c>. It takes
    /// what the step takes, and gives what it gives.
    /// </summary>
    public TestScenario Fake<TStep>(TStep step, TStep fake)
        where TStep : Delegate
    {
        var nodes = Steps.Where(node => FakeMethod.IsOf(node, step.Method)).ToList();
        if (nodes.Count == 0)
        {
            throw Unknown($"{step.Method.DeclaringType?.Name}.{step.Method.Name}");
        }
        foreach (var node in nodes)
        {
            var method = new FakeMethod(step.Method, fake);
            _fakes[node.Id] = async call => await FakeOutputs.WriteAsync(node, call, await method.InvokeAsync(call));
        }
        return this;
    }

    /// <summary>
    /// Kills the run at a point, as a process is killed: nothing of it goes on, and nothing is cleaned up. What is on disk stays, and
    /// <see cref="TestRun.ResumeAsync()"/> goes on from there.
    /// </summary>
    /// <param name="point">What has happened to the step then.</param>
    /// <param name="node">The node, or one of its items; null: whichever comes there.</param>
    /// <param name="time">The how-manieth time that the point is reached.</param>
    public TestScenario CrashAt(CrashPoint point, string? node = null, int time = 1) =>
        With(() => _crashes.Add(new Crash(CrashLines.Of(point), node, time)));

    /// <summary>Runs it, until it ends or is killed.</summary>
    /// <param name="cancellation">Cancels the run, as Ctrl+C does.</param>
    public Task<TestRun> RunAsync(CancellationToken cancellation = default) =>
        TestRun.StartAsync(Setting(), cancellation);

    internal TestSetting Setting() =>
        new(
            _app,
            _options with
            {
                Data = _data,
                Parameters = _parameters,
                Answers = _answers,
                Secrets = _secrets,
            },
            _fakes,
            _crashes,
            _clock
        );

    private IEnumerable<StepNode> Steps =>
        _app.Find(_options.Pipeline!).Graph.Nodes.Where(node => node.Kind == Sdk.Wire.NodeKind.Step);

    private TestScenario With(Action change)
    {
        change();
        return this;
    }

    private static string Text(object value) =>
        value switch
        {
            bool truth => truth ? "true" : "false",
            IFormattable number and not Enum => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    private RondoException Unknown(string step) =>
        new(
            ErrorCode.NotFound,
            $"Pipeline '{_options.Pipeline}' has no step '{step}' that a fake could stand for.",
            $"It has: {string.Join(", ", Steps.Select(known => known.Id))}."
        );
}

/// <summary>What a run of a test is to be.</summary>
internal sealed record TestSetting(
    MlApp App,
    LocalOptions Options,
    IReadOnlyDictionary<string, Func<StepCall, Task>> Fakes,
    IReadOnlyList<Crash> Crashes,
    FakeTimeProvider? Clock
);
