namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>Says what a piece of work is, as far as the names that the compiler gave it tell.</summary>
internal static class WorkNames
{
    /// <summary>The method whose continuation it is.</summary>
    public static string Of(SendOrPostCallback callback, object? state) =>
        state switch
        {
            Action { Target: { } box } => Of(box.GetType()),
            SimulatedTimer => "a timer",
            null => Of(callback),
            _ => Of(state.GetType()),
        };

    /// <summary>The method that a lambda stands in.</summary>
    public static string Of(Delegate lambda)
    {
        var type = lambda.Method.DeclaringType;
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<'))
        {
            type = outer;
        }

        return $"{type?.Name}.{Between(lambda.Method.Name)}";
    }

    // AsyncStateMachineBox<TResult, TStateMachine>, where the machine is called <Method>d__1.
    private static string Of(Type box)
    {
        var machine = Array.Find(box.GetGenericArguments(), argument => argument.Name.StartsWith('<')) ?? box;
        return $"{machine.DeclaringType?.Name}.{Between(machine.Name)}";
    }

    private static string Between(string name)
    {
        var end = name.LastIndexOf('>');
        return name.StartsWith('<') && end > 1 ? name[1..end].Split('<', '>')[0] : name;
    }
}
