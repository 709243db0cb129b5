using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.BuiltIn;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Runs one attempt at one node: checks the inputs against their digests, calls the step, stages its outputs, and says how it
/// went. The one place where an exception of user code is caught.
/// </summary>
internal sealed class StepRunner(MlApp app, TimeProvider time, TextWriter log)
{
    /// <summary>Whether a step was left behind in this process: it did not end in time, and cannot be made to.</summary>
    public bool LeftBehind { get; private set; }

    /// <summary>What runs in the place of the node's own step; null: the step.</summary>
    public Func<StepCall, Task>? Instead { get; init; }

    /// <summary>Called once when the step's own code has run, before an output is written.</summary>
    public Func<ValueTask>? BeforeOutputs { get; init; }

    /// <summary>Environment variable → value of a secret that the attempt gets.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where programs complain; null: where everything else is said.</summary>
    public TextWriter? ErrorLog { get; init; }

    public async Task<StepResult> RunAsync(StepRequest request, CancellationToken cancellation = default)
    {
        StepCall? call = null;
        var begun = time.GetTimestamp();
        var variables = AttemptEnvironment.Of(request.Variables, Secrets);
        try
        {
            using var entered = await AttemptEnvironment.EnterAsync(variables, cancellation);
            var node = app.Node(request.Pipeline, request.Template ?? request.NodeId);
            Directory.CreateDirectory(request.StagingFolder);
            var inputs = await InputsAsync(node, request, cancellation);
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(request.TimeoutMs), time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            var context = Context(request, both.Token);
            call = new StepCall(node, request, inputs, context)
            {
                BeforeOutputs = BeforeOutputs,
                Variables = variables,
                Took = () => time.GetElapsedTime(begun),
            };
            return await CallAsync(node, call, limit.Token, cancellation);
        }
        catch (StepStoppedException stop)
        {
            foreach (var (port, value) in stop.Keep)
            {
                call!.Keep(port, value);
            }
            return Result(StepOutcome.Stopped, call, stop.Message, stop.Mend, null);
        }
        catch (CommandFailedException e)
        {
            return Result(StepOutcome.Failed, call, e.Message, e.Mend, e.Class);
        }
        catch (RondoException e)
        {
            return Result(StepOutcome.Failed, call, e.What, e.Mend, nameof(RondoException) + "." + e.Code);
        }
        catch (OutOfMemoryException e)
        {
            const string mend = "Give the step more memory, or let it take less at a time.";
            return Result(StepOutcome.Failed, call, e.Message, mend, FailureClasses.Memory);
        }
        catch (Exception e) when (e is not RunKilledException)
        {
            await log.WriteLineAsync(e.ToString());
            return Result(StepOutcome.Failed, call, e.Message, null, e.GetType().FullName);
        }
        finally
        {
            CleanUp(request);
        }
    }

    /// <summary>Runs the attempt that a <c>step.json</c> describes, and writes <c>result.json</c>; returns its path.</summary>
    public async Task<(StepResult Result, string Path)> RunFileAsync(
        string file,
        CancellationToken cancellation = default
    )
    {
        var request = await ReadRequestAsync(file, cancellation);
        var result = await RunAsync(request, cancellation);
        var path = Path.Combine(request.StagingFolder, "result.json");
        Directory.CreateDirectory(request.StagingFolder);
        await File.WriteAllBytesAsync(
            path + ".part",
            JsonSerializer.SerializeToUtf8Bytes(result, RondoJson.Options),
            CancellationToken.None
        );
        File.Move(path + ".part", path, overwrite: true);
        return (result, path);
    }

    private async Task<StepResult> CallAsync(
        StepNode node,
        StepCall call,
        CancellationToken limit,
        CancellationToken cancellation
    )
    {
        if (node.InputPorts.FirstOrDefault(port => !port.AllowNone && IsMissing(port, call)) is { } none)
        {
            foreach (var output in node.OutputPorts)
            {
                call.WriteNone(output.Port);
            }
            var why = $"Passed over: there is no '{none.Port}' ({none.From}).";
            return Result(StepOutcome.Succeeded, call, why, null, null);
        }
        // On another thread, so that a step that never awaits can still be left behind when its time is over.
        var running = Task.Run(() => InvokeAsync(node, call), CancellationToken.None);
        var over = new TaskCompletionSource();
        await using var registration = call.Context.Cancellation.Register(() => over.TrySetResult());
        await Task.WhenAny(running, over.Task);
        var calledOff =
            call.Context.Cancellation.IsCancellationRequested
            && (running.IsCanceled || running.Exception?.InnerException is OperationCanceledException);
        if (running.IsCompleted && !calledOff)
        {
            await running;
            return Result(StepOutcome.Succeeded, call, null, null, null);
        }
        LeftBehind = await StillRunsAsync(running);
        return limit.IsCancellationRequested && !cancellation.IsCancellationRequested
            ? Result(
                StepOutcome.Failed,
                call,
                $"The attempt took longer than {call.Request.TimeoutMs / 1000.0:0.###} s.",
                "Raise the step's timeout, or let it do less.",
                FailureClasses.Timeout
            )
            : Result(StepOutcome.Failed, call, "The attempt was cancelled.", null, FailureClasses.Cancelled);
    }

    private async Task InvokeAsync(StepNode node, StepCall call)
    {
        await (Instead ?? node.Invoke!)(call);
        await call.ReachOutputsAsync();
    }

    // Gives a step that watches its token the time to end and clean up.
    private async Task<bool> StillRunsAsync(Task running)
    {
        try
        {
            await running.WaitAsync(TimeSpan.FromSeconds(2), time);
            return false;
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            return true;
        }
        catch (Exception e)
        {
            await log.WriteLineAsync(e.Message);
            return false;
        }
    }

    private StepContext Context(StepRequest request, CancellationToken cancellation)
    {
        return new StepContext(WorkFolder(request), request.Seed, Math.Max(1, request.Threads), log)
        {
            Cancellation = cancellation,
            Store = new ContentStore(request.StoreRoot),
            ErrorLog = ErrorLog,
        };
    }

    private static async Task<IReadOnlyDictionary<string, StoredArtifact>> InputsAsync(
        StepNode node,
        StepRequest request,
        CancellationToken cancellation
    )
    {
        var store = new ContentStore(request.StoreRoot);
        var inputs = new Dictionary<string, StoredArtifact>(StringComparer.Ordinal);
        foreach (var port in node.InputPorts.SelectMany(port => Ports(port, request)))
        {
            if (!request.Inputs.TryGetValue(port, out var reference))
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"Input '{port}' of node '{node.Id}' is missing in the request.",
                    "Pass an artifact for each input of the manifest; one of type rondo/none if there is none."
                );
            }
            inputs.Add(port, new(reference, await PathAsync(store, node, port, reference.Digest, cancellation)));
        }
        return inputs;
    }

    private static async Task<string> PathAsync(
        ContentStore store,
        StepNode node,
        string port,
        string digest,
        CancellationToken cancellation
    )
    {
        try
        {
            return await store.VerifiedPathAsync(digest, cancellation);
        }
        catch (RondoException e)
        {
            throw new RondoException(e.Code, $"Input '{port}' of node '{node.Id}' is unusable: {e.What}", e.Mend, e);
        }
    }

    // A for-each gives as many artifacts as it has items.
    private static IEnumerable<string> Ports(NodeInput input, StepRequest request) =>
        input.FanIn is null
            ? [input.Port]
            : request.Inputs.Keys.Where(port => port.StartsWith(input.Port + ".", StringComparison.Ordinal));

    private static bool IsMissing(NodeInput input, StepCall call) =>
        Ports(input, call.Request).Any(port => StepCall.IsNone(call.StoredInputs[port]));

    private static async Task<StepRequest> ReadRequestAsync(string file, CancellationToken cancellation)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync<StepRequest>(stream, RondoJson.Options, cancellation)
                ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{file} is not a step request: {e.Message}",
                "Give a file as the orchestrator writes it (step.json).",
                e
            );
        }
    }

    private static StepResult Result(StepOutcome outcome, StepCall? call, string? message, string? mend, string? error)
    {
        var failure = outcome == StepOutcome.Failed ? call?.FailsNow(error) : null;
        if (failure is not null && SoftFailure.Of(call!, failure, message, mend) is { } soft)
        {
            return soft;
        }
        var outputs = outcome == StepOutcome.Failed ? null : call?.Outputs;
        return new(
            outcome,
            outputs ?? new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal),
            call?.Context.Metrics ?? new Dictionary<string, double>(StringComparer.Ordinal),
            message,
            mend,
            error
        )
        {
            SinceBegunMs = (long?)failure?.SinceBegun.TotalMilliseconds,
        };
    }

    private static string WorkFolder(StepRequest request) => Path.Combine(request.StagingFolder, "work");

    private void CleanUp(StepRequest request)
    {
        try
        {
            if (!LeftBehind && Directory.Exists(WorkFolder(request)))
            {
                Directory.Delete(WorkFolder(request), recursive: true);
            }
        }
        catch (IOException e)
        {
            // Something still writes there. The staging folder as a whole is collected later; the result stands.
            log.WriteLine(e.Message);
        }
    }
}
