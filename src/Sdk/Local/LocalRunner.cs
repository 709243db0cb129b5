using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Runs a pipeline in this process: the same step runner as a worker's, a content store and a cache in one folder, no server.
/// Branches run side by side.
/// </summary>
internal sealed class LocalRunner
{
    private const int StepsAtOnce = 2;

    private readonly MlApp _app;
    private readonly LocalOptions _options;
    private readonly TimeProvider _time;
    private readonly TextWriter _log;
    private readonly string _folder;
    private readonly ContentStore _store;
    private readonly LocalCache _cache;
    private readonly CodeClosure _code = new();

    public LocalRunner(MlApp app, LocalOptions options, TimeProvider time, TextWriter log)
    {
        _app = app;
        _options = options;
        _time = time;
        _log = log;
        _folder = Path.GetFullPath(options.Folder);
        _store = new ContentStore(Path.Combine(_folder, "store"));
        _cache = new LocalCache(Path.Combine(_folder, "cache"), _store);
    }

    public async Task<LocalRun> RunAsync(CancellationToken cancellation = default)
    {
        var pipeline = Pipeline();
        var parameters = LocalParameters.Resolve(pipeline, _options.Parameters);
        var (id, runFolder) = NewRun();
        var started = _time.GetTimestamp();
        using var slots = new SemaphoreSlim(StepsAtOnce);
        var work = new Work(id, runFolder, pipeline, parameters, slots);
        var tasks = new Dictionary<StepNode, Task<LocalNode>>();
        foreach (var node in pipeline.Graph.Nodes)
        {
            // A declaration order in which each input comes before its use: Ref values cannot be had otherwise.
            var needed = node.InputPorts.Select(input => tasks[input.From.Node]).ToList();
            tasks.Add(node, NodeAsync(node, needed, work, cancellation));
        }
        var nodes = await Task.WhenAll(pipeline.Graph.Nodes.Select(node => tasks[node]));
        var run = new LocalRun(
            id,
            _app.Project,
            pipeline.Name,
            StateOf(nodes),
            (long)_time.GetElapsedTime(started).TotalMilliseconds,
            nodes
        );
        await File.WriteAllBytesAsync(
            Path.Combine(runFolder, "run.json"),
            JsonSerializer.SerializeToUtf8Bytes(run, RondoJson.Indented),
            cancellation
        );
        return run;
    }

    private Pipeline Pipeline()
    {
        if (_options.Pipeline is { } name)
        {
            return _app.Find(name);
        }
        return _app.Pipelines.Count == 1
            ? _app.Pipelines[0]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                _app.Pipelines.Count == 0
                    ? "The project declares no pipeline."
                    : $"The project declares {_app.Pipelines.Count} pipelines.",
                $"Name one: {string.Join(", ", _app.Pipelines.Select(pipeline => pipeline.Name))}."
            );
    }

    private (string Id, string Folder) NewRun()
    {
        var runs = Path.Combine(_folder, "runs");
        Directory.CreateDirectory(runs);
        var number = Directory.EnumerateDirectories(runs).Count();
        string id;
        do
        {
            number++;
            id = $"local-{number:0000}";
        } while (Directory.Exists(Path.Combine(runs, id)));
        var folder = Path.Combine(runs, id);
        Directory.CreateDirectory(folder);
        return (id, folder);
    }

    private async Task<LocalNode> NodeAsync(
        StepNode node,
        IReadOnlyList<Task<LocalNode>> needed,
        Work work,
        CancellationToken cancellation
    )
    {
        var sources = (await Task.WhenAll(needed))
            .DistinctBy(source => source.Id, StringComparer.Ordinal)
            .ToDictionary(source => source.Id, StringComparer.Ordinal);
        var inputs = node.InputPorts.ToDictionary(
            input => input.Port,
            input => new LocalInput(
                input.From.Node.Id,
                input.From.Port,
                sources[input.From.Node.Id].Outputs.GetValueOrDefault(input.From.Port)?.Artifact
            ),
            StringComparer.Ordinal
        );
        var empty = new LocalNode(
            node.Id,
            node.Step,
            LocalState.NotRun,
            0,
            null,
            inputs,
            work.Arguments(node),
            new Dictionary<string, LocalArtifact>(StringComparer.Ordinal),
            new Dictionary<string, double>(StringComparer.Ordinal),
            null,
            null
        );
        if (sources.Values.Any(source => source.State is not (LocalState.Succeeded or LocalState.Reused)))
        {
            return empty;
        }
        await work.Slots.WaitAsync(cancellation);
        try
        {
            return node.Kind == NodeKind.Step
                ? await StepAsync(node, empty, work, cancellation)
                : await ResolveAsync(node, empty, cancellation);
        }
        finally
        {
            work.Slots.Release();
        }
    }

    private async Task<LocalNode> ResolveAsync(StepNode node, LocalNode empty, CancellationToken cancellation)
    {
        LocalArtifact artifact;
        if (node.Kind == NodeKind.Dataset)
        {
            var dataset = _app.Datasets.First(known => known.Name == node.Source);
            artifact = await new LocalData(_options, _store).ResolveAsync(dataset, cancellation);
        }
        else
        {
            // Nothing serves here.
            using var none = new MemoryStream("null"u8.ToArray());
            var (digest, size) = await _store.PutAsync(none, cancellation);
            artifact = new(new ArtifactRef(ArtifactTypes.None, digest, size), null);
        }
        return empty with
        {
            State = LocalState.Succeeded,
            Outputs = new Dictionary<string, LocalArtifact>(StringComparer.Ordinal) { ["value"] = artifact },
        };
    }

    private async Task<LocalNode> StepAsync(StepNode node, LocalNode empty, Work work, CancellationToken cancellation)
    {
        var inputs = empty.Inputs.ToDictionary(pair => pair.Key, pair => pair.Value.Artifact!, StringComparer.Ordinal);
        var ports = node.OutputPorts.Select(output => new PortManifest(output.Port, output.Type)).ToList();
        var identity = new StepIdentity(node.Step, _code.DigestOf(node), inputs, empty.Arguments, ports, _options.Seed);
        var key = identity.Digest();
        if (node.Cache && !_options.Fresh && _cache.Find(key) is { } hit)
        {
            return empty with { State = LocalState.Reused, Key = key, Outputs = hit.Outputs, Metrics = hit.Metrics };
        }
        var started = _time.GetTimestamp();
        var result = await AttemptAsync(node, inputs, empty.Arguments, work, cancellation);
        var outputs = Adopt(result, Path.Combine(work.Folder, "staging", node.Id));
        if (node.Cache && result.Outcome == StepOutcome.Succeeded)
        {
            _cache.Keep(key, new(identity, outputs, result.Metrics));
        }
        return empty with
        {
            State = result.Outcome switch
            {
                StepOutcome.Succeeded => LocalState.Succeeded,
                StepOutcome.Stopped => LocalState.Stopped,
                _ => LocalState.Failed,
            },
            DurationMs = (long)_time.GetElapsedTime(started).TotalMilliseconds,
            Key = key,
            Outputs = outputs,
            Metrics = result.Metrics,
            Message = result.Message,
            Mend = result.Mend,
        };
    }

    private async Task<StepResult> AttemptAsync(
        StepNode node,
        IReadOnlyDictionary<string, ArtifactRef> inputs,
        IReadOnlyDictionary<string, JsonElement> arguments,
        Work work,
        CancellationToken cancellation
    )
    {
        StepResult result;
        var attempt = 0;
        do
        {
            attempt++;
            var request = new StepRequest(
                work.RunId,
                _app.Project,
                "local",
                work.Pipeline.Name,
                node.Id,
                attempt,
                attempt,
                _store.Root,
                Path.Combine(work.Folder, "staging", node.Id),
                inputs,
                arguments,
                _options.Seed,
                Math.Max(1, Environment.ProcessorCount / StepsAtOnce),
                node.TimeoutMs
            );
            result = await new StepRunner(_app, _time, _log).RunAsync(request, cancellation);
        } while (result.Outcome == StepOutcome.Failed && attempt < node.MaxAttempts);
        return result;
    }

    private Dictionary<string, LocalArtifact> Adopt(StepResult result, string staging)
    {
        var outputs = new Dictionary<string, LocalArtifact>(StringComparer.Ordinal);
        foreach (var (port, made) in result.Outputs)
        {
            _store.Adopt(Path.Combine(staging, made.File), made.Digest);
            outputs.Add(port, new(new ArtifactRef(made.Type, made.Digest, made.Size), made.Summary));
        }
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }
        return outputs;
    }

    private static LocalState StateOf(LocalNode[] nodes) =>
        nodes.Any(node => node.State == LocalState.Failed) ? LocalState.Failed
        : nodes.Any(node => node.State == LocalState.Stopped) ? LocalState.Stopped
        : LocalState.Succeeded;

    private sealed record Work(
        string RunId,
        string Folder,
        Pipeline Pipeline,
        IReadOnlyDictionary<string, JsonElement> Parameters,
        SemaphoreSlim Slots
    )
    {
        public IReadOnlyDictionary<string, JsonElement> Arguments(StepNode node) =>
            node.ArgumentValues.ToDictionary(
                argument => argument.Name,
                argument => argument.Value ?? Parameters[argument.Parameter!],
                StringComparer.Ordinal
            );
    }
}
