using System.ComponentModel;

namespace Rondo.Sdk;

/// <summary>The code of a step as the generator knows it. Not for use by hand.</summary>
/// <param name="Name">The method with the type that holds it.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Types">The types whose assemblies are the step's code, type arguments last.</param>
/// <param name="TypeArguments">How many of them are type arguments.</param>
/// <param name="Cache">Whether outputs may be used again.</param>
/// <param name="MaxAttempts">Attempts in all.</param>
/// <param name="TimeoutSeconds">Limit of one attempt, or 0.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record StepCode(
    string Name,
    string Method,
    IReadOnlyList<Type> Types,
    int TypeArguments,
    bool Cache,
    int MaxAttempts,
    int TimeoutSeconds
)
{
    internal string FullName =>
        TypeArguments == 0
            ? Name
            : $"{Name}<{string.Join(",", Types.Skip(Types.Count - TypeArguments).Select(type => type.FullName))}>";
}
