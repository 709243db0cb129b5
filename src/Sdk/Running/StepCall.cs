using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>One call of a step: where its inputs come from and its outputs go. For the generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StepCall
{
    private readonly StepNode _node;
    private readonly StepRequest _request;
    private readonly IReadOnlyDictionary<string, StoredArtifact> _inputs;
    private readonly Dictionary<string, ProducedArtifact> _outputs = new(StringComparer.Ordinal);
    private bool _outputsReached;

    internal StepCall(
        StepNode node,
        StepRequest request,
        IReadOnlyDictionary<string, StoredArtifact> inputs,
        StepContext context
    )
    {
        _node = node;
        _request = request;
        _inputs = inputs;
        Context = context;
    }

    /// <summary>Seed, threads, log and the like.</summary>
    public StepContext Context { get; }

    internal StepNode Node => _node;

    internal StepRequest Request => _request;

    /// <summary>The environment variables of the attempt, secrets among them.</summary>
    internal IReadOnlyDictionary<string, string> Variables { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long the attempt has been running here.</summary>
    internal Func<TimeSpan> Took { get; init; } = () => TimeSpan.Zero;

    internal IReadOnlyDictionary<string, StoredArtifact> StoredInputs => _inputs;

    internal IReadOnlyDictionary<string, ProducedArtifact> Outputs => _outputs;

    /// <summary>That the attempt fails now, in whole milliseconds: so many are told.</summary>
    internal FailedAttempt FailsNow(string? error)
    {
        var before = _request.Before ?? new(_request.Attempt - 1, 0);
        var sinceMs = before.SinceBegunMs + (long)Took().TotalMilliseconds;
        return new(error, before.Failures + 1, TimeSpan.FromMilliseconds(sinceMs));
    }

    /// <summary>Called once, before the first output is written or when there is none.</summary>
    internal Func<ValueTask>? BeforeOutputs { get; init; }

    /// <summary>Reads an input.</summary>
    public T Input<T>(string port, ArtifactCodec<T> codec) => Read(port, codec);

    /// <summary>Reads an input that may be left out or not exist.</summary>
    public T? OptionalInput<T>(string port, ArtifactCodec<T> codec)
        where T : class => _inputs.TryGetValue(port, out var input) && !IsNone(input) ? Read(port, codec) : null;

    /// <summary>Reads an input that is a value and may be left out or not exist.</summary>
    public T? OptionalValue<T>(string port, ArtifactCodec<T?> codec)
        where T : struct => _inputs.TryGetValue(port, out var input) && !IsNone(input) ? Read(port, codec) : null;

    /// <summary>Reads a list of inputs, or an input that is a list.</summary>
    public IReadOnlyList<T> Inputs<T>(string port, ArtifactCodec<T> codec) =>
        Whole<T>(port) ?? [.. Ports(port).Select(name => Read(name, codec))];

    /// <summary>Reads a list of inputs each of which may not exist.</summary>
    public IReadOnlyList<T?> OptionalInputs<T>(string port, ArtifactCodec<T> codec)
        where T : class => Whole<T?>(port) ?? [.. Ports(port).Select(name => OptionalInput(name, codec))];

    /// <summary>Reads a list of values each of which may not exist.</summary>
    public IReadOnlyList<T?> OptionalValues<T>(string port, ArtifactCodec<T?> codec)
        where T : struct => Whole<T?>(port) ?? [.. Ports(port).Select(name => OptionalValue(name, codec))];

    /// <summary>Reads an argument.</summary>
    public T Argument<T>(string name)
    {
        if (!_request.Arguments.TryGetValue(name, out var value))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Argument '{name}' of node '{_node.Id}' has no value.",
                "Resolve every argument of the manifest when the run is created."
            );
        }
        try
        {
            return value.Deserialize<T>(RondoJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Argument '{name}' of node '{_node.Id}' is {value.GetRawText()}, which is not a {typeof(T).Name}.",
                "Pass a value of the declared type.",
                e
            );
        }
    }

    /// <summary>Writes an output into the staging folder, hashing it on the way.</summary>
    public async Task Write<T>(string port, T? value, ArtifactCodec<T> codec)
    {
        await ReachOutputsAsync();
        if (value is null)
        {
            var output = _node.OutputPorts.First(known => known.Port == port);
            if (!output.AllowNone)
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Step '{_node.Step}' returned null for its output '{port}'.",
                    "Return a value, or declare the output as nullable."
                );
            }
            WriteNone(port);
            return;
        }
        WriteBytes(port, codec.Type, stream => codec.Write(value, stream));
    }

    internal async ValueTask ReachOutputsAsync()
    {
        if (BeforeOutputs is { } before && !_outputsReached)
        {
            _outputsReached = true;
            await before();
        }
    }

    internal void WriteBytes(string port, string type, Func<Stream, JsonElement?> write)
    {
        using var stream = new HashingStream(Path.Combine(_request.StagingFolder, port));
        var summary = write(stream);
        var (digest, size) = stream.Complete();
        _outputs[port] = new ProducedArtifact(type, digest, size, port, summary);
    }

    /// <summary>What a step kept when it stopped: the codec follows from the value.</summary>
    internal void Keep(string port, object value)
    {
        var known = _node.OutputPorts.FirstOrDefault(output => output.Port == port);
        var type = known?.Type ?? ArtifactTypes.Json;
        WriteBytes(
            port,
            type,
            stream =>
            {
                if (value is Table table)
                {
                    return Artifacts.UntypedTable.Write(table, stream);
                }
                JsonSerializer.Serialize(stream, value, value.GetType(), RondoJson.Options);
                return null;
            }
        );
    }

    internal void WriteNone(string port) =>
        WriteBytes(
            port,
            ArtifactTypes.None,
            stream =>
            {
                stream.Write("null"u8);
                return null;
            }
        );

    internal string OutputType(string port) => _node.OutputPorts.First(output => output.Port == port).Type;

    internal static bool IsNone(StoredArtifact input) => input.Reference.Type == ArtifactTypes.None;

    private T Read<T>(string port, ArtifactCodec<T> codec)
    {
        var input = _inputs[port];
        if (input.Reference.Type != codec.Type)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Input '{port}' of node '{_node.Id}' is a {input.Reference.Type}, not a {codec.Type}.",
                "Wire it to an output of that type."
            );
        }
        return codec.Read(input);
    }

    private IReadOnlyList<T>? Whole<T>(string port) =>
        _inputs.TryGetValue(port, out var input)
            ? IsNone(input)
                ? []
                : Read(port, Artifacts.Json<IReadOnlyList<T>>())
            : null;

    private IEnumerable<string> Ports(string port) =>
        _inputs
            .Keys.Where(name => name.StartsWith(port + ".", StringComparison.Ordinal))
            .OrderBy(name => int.Parse(name.AsSpan(port.Length + 1), CultureInfo.InvariantCulture));
}
