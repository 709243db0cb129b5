using System.Reflection;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Testing;

/// <summary>A delegate that stands for a step: it is called with what the step would be called with.</summary>
internal sealed class FakeMethod(MethodInfo step, Delegate fake)
{
    private const BindingFlags Private = BindingFlags.NonPublic | BindingFlags.Static;

    private static readonly MethodInfo s_argument = typeof(FakeMethod).GetMethod(nameof(Argument), Private)!;
    private static readonly MethodInfo s_input = typeof(FakeMethod).GetMethod(nameof(Input), Private)!;
    private static readonly MethodInfo s_list = typeof(FakeMethod).GetMethod(nameof(List), Private)!;

    /// <summary>Whether a node calls this method.</summary>
    public static bool IsOf(StepNode node, MethodInfo method)
    {
        var name = $"{method.DeclaringType?.FullName}.{method.Name}".Replace('+', '.');
        return node.Step == name || node.Step.StartsWith(name + "<", StringComparison.Ordinal);
    }

    public async Task<object?> InvokeAsync(StepCall call)
    {
        var arguments = step.GetParameters().Select(parameter => Value(parameter, call)).ToArray();
        object? given;
        try
        {
            given = fake.DynamicInvoke(arguments);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        if (given is not Task task)
        {
            return given;
        }
        await task;
        return step.ReturnType.IsGenericType
            ? task.GetType().GetProperty(nameof(Task<int>.Result))!.GetValue(task)
            : null;
    }

    private static object? Value(ParameterInfo parameter, StepCall call)
    {
        var (name, type) = (parameter.Name!, parameter.ParameterType);
        if (type == typeof(StepContext))
        {
            return call.Context;
        }
        if (type == typeof(CancellationToken))
        {
            return call.Context.Cancellation;
        }
        if (call.Request.Arguments.ContainsKey(name))
        {
            return s_argument.MakeGenericMethod(type).Invoke(null, [call, name]);
        }
        if (call.StoredInputs.TryGetValue(name, out var input))
        {
            return StepCall.IsNone(input)
                ? null
                : s_input.MakeGenericMethod(Nullable.GetUnderlyingType(type) ?? type).Invoke(null, [call, name]);
        }
        var isList = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
        return isList ? s_list.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [call, name])
            : parameter.HasDefaultValue ? parameter.DefaultValue
            : null;
    }

    private static object? Argument<T>(StepCall call, string name) => call.Argument<T>(name);

    private static object? Input<T>(StepCall call, string port) =>
        call.Input(port, (ArtifactCodec<T>)FakeCodecs.Of(typeof(T)));

    private static object? List<T>(StepCall call, string port) =>
        call.Inputs(port, (ArtifactCodec<T>)FakeCodecs.Of(typeof(T)));
}
