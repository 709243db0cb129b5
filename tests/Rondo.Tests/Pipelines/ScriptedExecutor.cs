using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What an attempt does instead of the default, which is to succeed.</summary>
internal enum Script
{
    Succeed,
    Fail,
    Stop,
    ForgetOutput,
    Pause,

    /// <summary>It waits as one that is paused does, and fails then.</summary>
    PauseAndFail,

    /// <summary>It fails, and the run goes on without it.</summary>
    FailSoftly,
}

/// <summary>
/// Runs attempts in this process: outputs depend on step, inputs and arguments only, as those of a real step should. What an
/// attempt does is scripted; a paused one waits for <see cref="ReleaseAll"/> and then succeeds.
/// </summary>
internal sealed class ScriptedExecutor : IExecutor
{
    private readonly ConcurrentDictionary<(string Run, string Node, int Attempt), TaskCompletionSource> _paused = new();

    private ExecutorRoom _room = Room(4);

    public int Capacity
    {
        get;
        set
        {
            field = value;
            _room = Room(value);
        }
    } = 4;

    public Func<StepRequest, Script> Decide { get; set; } = _ => Script.Succeed;

    /// <summary>Bytes of an output, where a test wants particular ones.</summary>
    public Func<StepRequest, string, byte[]?> Content { get; set; } = (_, _) => null;

    public Func<StepRequest, IReadOnlyList<PortManifest>> Ports { get; set; } = _ => [new("value", ArtifactTypes.Json)];

    /// <summary>Facts about an output, where a test wants particular ones.</summary>
    public Func<StepRequest, string, JsonElement?> Facts { get; set; } = (_, _) => null;

    public Func<StepRequest, IReadOnlyDictionary<string, double>> Metrics { get; set; } =
        _ => new Dictionary<string, double> { ["rmse"] = 1.5 };

    public ConcurrentQueue<StepRequest> Calls { get; } = [];

    public ConcurrentQueue<StepAttempt> Attempts { get; } = [];

    public int Paused => _paused.Count;

    /// <summary>Waits until so many attempts are paused: one that has begun is not there yet, and would miss its release.</summary>
    public async Task PausedAsync(int count)
    {
        while (Paused < count)
        {
            await Task.Yield();
        }
    }

    public IDisposable? TryReserve(ResourcesManifest? resources) => _room.TryReserve(resources);

    public void Require(ResourcesManifest? resources) => _room.Require(resources);

    public void ReleaseAll() => Release(_ => true);

    /// <summary>Lets the paused attempts of some nodes go on.</summary>
    public void Release(Func<string, bool> nodes)
    {
        foreach (var key in _paused.Keys.Where(key => nodes(key.Node)))
        {
            if (_paused.TryRemove(key, out var gate))
            {
                gate.TrySetResult();
            }
        }
    }

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        var request = attempt.Request;
        Calls.Enqueue(request);
        Attempts.Enqueue(attempt);
        var script = Decide(request);
        if (script is Script.Pause or Script.PauseAndFail)
        {
            var gate = new TaskCompletionSource();
            var key = (request.RunId, request.NodeId, request.Attempt);
            _paused[key] = gate;
            try
            {
                await gate.Task.WaitAsync(cancellation);
            }
            finally
            {
                _paused.TryRemove(key, out _);
            }
        }

        log.Write("out", $"{request.NodeId} attempt {request.Attempt}");
        return script switch
        {
            Script.Fail or Script.PauseAndFail => Result(StepOutcome.Failed, [], "it broke"),
            Script.ForgetOutput => Result(StepOutcome.Succeeded, [], null),
            Script.Stop => Result(StepOutcome.Stopped, Write(request), "column missing"),
            Script.FailSoftly => Result(StepOutcome.Succeeded, Write(request), "it broke"),
            _ => Result(StepOutcome.Succeeded, Write(request), null) with { Metrics = Metrics(request) },
        };
    }

    private static ExecutorRoom Room(int attempts) =>
        new(new PipelinesOptions { LocalAttemptsMax = attempts, LocalCores = attempts });

    private Dictionary<string, ProducedArtifact> Write(StepRequest request)
    {
        var outputs = new Dictionary<string, ProducedArtifact>();
        foreach (var port in Ports(request))
        {
            var bytes = Content(request, port.Port) ?? Default(request, port.Port);
            File.WriteAllBytes(Path.Combine(request.StagingFolder, port.Port), bytes);
            outputs[port.Port] = new ProducedArtifact(
                port.Type,
                Convert.ToHexStringLower(SHA256.HashData(bytes)),
                bytes.Length,
                port.Port,
                Facts(request, port.Port) ?? JsonSerializer.SerializeToElement(new { bytes.Length })
            );
        }

        return outputs;
    }

    private static byte[] Default(StepRequest request, string port) =>
        Encoding.UTF8.GetBytes(
            $"{request.NodeId.Split('-')[0]}/{port}/"
                + string.Join(",", request.Inputs.OrderBy(i => i.Key).Select(i => i.Key + "=" + i.Value.Digest))
                + string.Join(",", request.Arguments.OrderBy(a => a.Key).Select(a => a.Key + "=" + a.Value))
        );

    private static StepResult Result(
        StepOutcome outcome,
        Dictionary<string, ProducedArtifact> outputs,
        string? message
    ) =>
        new(
            outcome,
            outputs,
            new Dictionary<string, double> { ["rmse"] = 1.5 },
            message,
            message is null ? null : "mend it",
            message is null ? null : "TestError"
        );
}
