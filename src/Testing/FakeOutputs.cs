using System.Reflection;
using System.Runtime.CompilerServices;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Testing;

/// <summary>Writes what a fake gives as the outputs of the node that it stands for.</summary>
internal static class FakeOutputs
{
    private static readonly MethodInfo s_write = typeof(FakeOutputs).GetMethod(
        nameof(WriteOneAsync),
        BindingFlags.NonPublic | BindingFlags.Static
    )!;

    public static async Task WriteAsync(StepNode node, StepCall call, object? given)
    {
        var ports = node.OutputPorts;
        if (ports.Count == 0)
        {
            return;
        }
        IReadOnlyList<object?> values =
            ports.Count == 1 ? [given]
            : given is ITuple tuple && tuple.Length == ports.Count
                ? [.. Enumerable.Range(0, ports.Count).Select(index => tuple[index])]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The fake of '{node.Id}' gives {given?.GetType().Name ?? "null"} for its {ports.Count} outputs.",
                $"Give a tuple of them: {string.Join(", ", ports.Select(port => port.Port))}."
            );
        for (var index = 0; index < ports.Count; index++)
        {
            await WriteAsync(node, call, ports[index], values[index]);
        }
    }

    private static Task WriteAsync(StepNode node, StepCall call, NodeOutput port, object? value)
    {
        if (value is null)
        {
            return call.Write(port.Port, null, Artifacts.Json<object>());
        }
        var codec = FakeCodecs.Of(value.GetType());
        var type = FakeCodecs.TypeOf(codec);
        if (type != port.Type)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The fake of '{node.Id}' gives a {value.GetType().Name} ({type}) for its output '{port.Port}', which is a {port.Type}.",
                "Give what the step gives."
            );
        }
        return (Task)
            s_write.MakeGenericMethod(FakeCodecs.ValueOf(codec)).Invoke(null, [call, port.Port, value, codec])!;
    }

    private static Task WriteOneAsync<T>(StepCall call, string port, T value, ArtifactCodec<T> codec) =>
        call.Write(port, value, codec);
}

/// <summary>The codec of a type that is known when the test runs only.</summary>
internal static class FakeCodecs
{
    private static readonly MethodInfo s_table = typeof(Artifacts).GetMethod(nameof(Artifacts.Table))!;
    private static readonly MethodInfo s_json = typeof(Artifacts).GetMethod(nameof(Artifacts.Json))!;

    private static readonly Dictionary<Type, object> s_known = new()
    {
        [typeof(Table)] = Artifacts.UntypedTable,
        [typeof(RawTable)] = Artifacts.RawTable,
        [typeof(ValidationReport)] = Artifacts.ValidationReport,
        [typeof(TableStatistics)] = Artifacts.Statistics,
        [typeof(Model)] = Artifacts.Model,
        [typeof(FileArtifact)] = Artifacts.File,
        [typeof(ModelProposal)] = Artifacts.ModelProposal,
        [typeof(DatasetVersionContent)] = Artifacts.DatasetVersion,
    };

    /// <summary>An <see cref="ArtifactCodec{T}"/> for the type.</summary>
    public static object Of(Type type) =>
        s_known.TryGetValue(type, out var known) ? known
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Table<>)
            ? s_table.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, null)!
        : s_json.MakeGenericMethod(type).Invoke(null, null)!;

    public static string TypeOf(object codec) => (string)codec.GetType().GetProperty("Type")!.GetValue(codec)!;

    /// <summary>The <c>T</c> of an <see cref="ArtifactCodec{T}"/>.</summary>
    public static Type ValueOf(object codec)
    {
        var type = codec.GetType();
        while (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(ArtifactCodec<>))
        {
            type = type.BaseType!;
        }
        return type.GetGenericArguments()[0];
    }
}
