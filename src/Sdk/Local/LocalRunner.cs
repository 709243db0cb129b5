using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Runs a pipeline in this process: the same step runner as a worker's, a content store and a cache in one folder, no server.
/// What a graph says means the same as on a server.
/// </summary>
internal sealed class LocalRunner(MlApp app, LocalOptions options, TimeProvider time, TextWriter log)
{
    private readonly string _folder = Path.GetFullPath(options.Folder);

    /// <summary>Where it says what it is doing; null: nowhere.</summary>
    public TextWriter? Progress { get; init; }

    /// <summary>Asks a person; null where nobody is there.</summary>
    public Func<LocalQuestion, CancellationToken, Task<string?>>? Ask { get; init; }

    /// <summary>Sends what steps print past <see cref="TextWriter"/> parameters, to the console, somewhere else; null: it is left alone.</summary>
    public Action<TextWriter>? Redirect { get; init; }

    public LocalProbe? Probe { get; init; }

    /// <summary>Node → what runs in the place of its step.</summary>
    public IReadOnlyDictionary<string, Func<StepCall, Task>> Fakes { get; init; } =
        new Dictionary<string, Func<StepCall, Task>>(StringComparer.Ordinal);

    /// <summary>Runs it to its end, whatever that is; what can be known to be wrong is refused before anything runs.</summary>
    /// <param name="cancellation">Cancelled when a person has enough: what runs is called off, exit handlers still run.</param>
    public async Task<LocalRun> RunAsync(CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(_folder);
        var runs = new LocalRuns(_folder);
        var store = new ContentStore(Path.Combine(_folder, "store"));
        var earlier = options.Resume is { } resumed ? LocalEarlier.Read(runs, resumed, store) : null;
        var manifest = Pipeline(earlier).ToManifest(new CodeClosure());
        var facts = new LocalFacts(
            earlier is null ? options.Partition : earlier.Run.Partition,
            earlier?.Run.Parameters ?? LocalParameters.Resolve(manifest, options.Parameters)
        );
        var shape = Shape(manifest);
        var secrets = new LocalSecrets(options.Secrets, _folder);
        var approvals = new LocalApprovals(options.Answers, Ask);
        LocalData.Check(options, app.Datasets);
        LocalPartition.Check(manifest, facts.Partition);
        var fakes = LocalConnectors.StandIns(app, manifest, new LocalData(options, store), Fakes);
        new LocalNeeds(shape, secrets, approvals, earlier, fakes).Check();

        using var open = runs.Begin();
        facts.RunId = open.Id;
        using var progress = new LocalProgress(Progress, time);
        var setting = new LocalSetting
        {
            App = app,
            Shape = shape,
            Options = options,
            Facts = facts,
            Time = time,
            Log = Redacting(shape, secrets),
            Store = store,
            Cache = new LocalCache(Path.Combine(_folder, "cache"), store, time),
            Secrets = secrets,
            Run = open,
            Results = new LocalResults(shape),
            Probe = Probe ?? new LocalProbe(time),
            Progress = progress,
            Earlier = earlier,
            Fakes = fakes,
        };
        return await RunAsync(setting, approvals, cancellation) ?? runs.Get(open.Id);
    }

    /// <summary>Null if a test has killed the run.</summary>
    private async Task<LocalRun?> RunAsync(
        LocalSetting setting,
        LocalApprovals approvals,
        CancellationToken cancellation
    )
    {
        var started = time.GetTimestamp();
        var run = new LocalRun(setting.Run.Id, app.Project, setting.Shape.Manifest.Name, LocalState.Cancelled, 0, [])
        {
            StartedAt = time.GetUtcNow(),
            Parameters = setting.Facts.Parameters,
            Partition = setting.Facts.Partition,
            Resumes = setting.Earlier?.Run.Id,
        };
        setting.Run.Journal.Head(run);
        var execution = ExecuteAsync(setting, approvals, cancellation);
        await Task.WhenAny(execution, setting.Probe.Killed);
        if (setting.Probe.Killed.IsCompleted)
        {
            // The files are closed, as the system would close them, and what is on disk is what happened.
            setting.Run.Dispose();
            return null;
        }
        var (state, reason, failed) = await execution;
        await setting.Log.FlushAsync(CancellationToken.None);
        run = run with
        {
            State = state,
            Reason = reason,
            FailedNode = failed,
            DurationMs = (long)time.GetElapsedTime(started).TotalMilliseconds,
            Nodes = setting.Results.Ordered(),
        };
        setting.Run.End(run);
        return run;
    }

    private async Task<(LocalState, string?, string?)> ExecuteAsync(
        LocalSetting setting,
        LocalApprovals approvals,
        CancellationToken cancellation
    )
    {
        foreach (var node in setting.Shape.Children(null).Where(PipelineShape.IsSource))
        {
            setting.Publish(await SourceAsync(setting, LocalPlace.Of(setting.Shape, node, []), cancellation));
        }
        using var slots = new LocalSlots(
            options.AtOnce,
            app.Pools.Select(pool => new PoolManifest(pool.Name, pool.Slots))
        );
        return await new LocalExecution(setting, slots, approvals).RunAsync(cancellation);
    }

    private async Task<LocalNode> SourceAsync(LocalSetting setting, LocalPlace place, CancellationToken cancellation)
    {
        var artifact =
            setting.Earlier?.Value(place.Id)
            ?? (
                place.Node.Kind == NodeKind.Dataset
                    ? await DataAsync(setting, place.Node, cancellation)
                    // Nothing serves here.
                    : await LocalArtifacts.NoneAsync(setting.Store, cancellation)
            );
        return place.Empty with
        {
            State = LocalState.Succeeded,
            StartedAt = time.GetUtcNow(),
            Outputs = new Dictionary<string, LocalArtifact>(StringComparer.Ordinal) { ["value"] = artifact },
        };
    }

    private async Task<LocalArtifact> DataAsync(LocalSetting setting, NodeManifest node, CancellationToken cancellation)
    {
        var dataset = app.Datasets.First(known => known.Name == node.Source);
        // What a connector has read before is known to a server only: here it begins anew.
        return node.Optional
            ? await LocalArtifacts.NoneAsync(setting.Store, cancellation)
            : await new LocalData(options, setting.Store).ResolveAsync(dataset, cancellation);
    }

    private TextWriter Redacting(PipelineShape shape, LocalSecrets secrets)
    {
        var names = shape.Manifest.Nodes.SelectMany(node => node.Secrets.Values).Distinct(StringComparer.Ordinal);
        if (SecretRedactor.Of(secrets.Values(names)) is not { } redactor)
        {
            return log;
        }
        var redacting = new RedactingWriter(log, redactor);
        Redirect?.Invoke(redacting);
        return redacting;
    }

    private Pipeline Pipeline(LocalEarlier? earlier)
    {
        if (earlier is not null && options.Pipeline is { } wanted && earlier.Run.Pipeline != wanted)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{earlier.Run.Id} is a run of pipeline '{earlier.Run.Pipeline}', not of '{wanted}'.",
                "Name the pipeline of the run that is to go on, or none."
            );
        }
        if ((options.Pipeline ?? earlier?.Run.Pipeline) is { } name)
        {
            return app.Find(name);
        }
        return app.Pipelines.Count == 1
            ? app.Pipelines[0]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                app.Pipelines.Count == 0
                    ? "The project declares no pipeline."
                    : $"The project declares {app.Pipelines.Count} pipelines.",
                $"Name one: {string.Join(", ", app.Pipelines.Select(pipeline => pipeline.Name))}."
            );
    }

    private static PipelineShape Shape(PipelineManifest manifest) =>
        ShapeProblems.Find(manifest) is { } problem
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{manifest.Name}' cannot run: {problem}.",
                "Correct its declaration."
            )
            : new PipelineShape(manifest);
}
