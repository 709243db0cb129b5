using System.Linq.Expressions;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// What must hold for a branch of a graph to run. A <c>Ref&lt;bool&gt;</c> and a <c>Parameter&lt;bool&gt;</c> convert to it;
/// <see cref="Ref{T}.Is"/> and <see cref="Parameter{T}.Is"/> compare members with constants.
/// </summary>
public sealed class Condition
{
    private Condition(string name, IReadOnlyList<ConditionTest> tests) => (Name, Tests) = (name, tests);

    /// <summary>What the groups of its branches are called.</summary>
    internal string Name { get; }

    internal IReadOnlyList<ConditionTest> Tests { get; }

    /// <summary>Holds if a step says so.</summary>
    public static implicit operator Condition(Ref<bool> value) => On(value, truth => truth);

    /// <summary>Holds if the run's parameter says so.</summary>
    public static implicit operator Condition(Parameter<bool> parameter) => On(parameter, truth => truth);

    /// <summary>Holds if both hold.</summary>
    public Condition And(Condition other) => new(Name, [.. Tests, .. other.Tests]);

    /// <summary>Names the group of the branch; that of the other branch gets the suffix <c>-otherwise</c>.</summary>
    public Condition Named(string name) => new(Names.Node(name), Tests);

    internal static Condition On<T>(Ref<T> value, Expression<Func<T, bool>> test) =>
        new(
            Names.Kebab("when-" + value.Node.Name),
            [.. ConditionExpression.Read(test).Select(read => new ConditionTest(value, null, null, read))]
        );

    internal static Condition On<T>(Parameter<T> parameter, Expression<Func<T, bool>> test) =>
        new(
            Names.Kebab("when-" + parameter.Name),
            [
                .. ConditionExpression
                    .Read(test)
                    .Select(read => new ConditionTest(null, parameter.Name, parameter.Graph, read)),
            ]
        );
}

/// <summary>One comparison of an output or a parameter.</summary>
internal sealed record ConditionTest(Ref? From, string? Parameter, Graph? Graph, Comparison Comparison)
{
    public TestManifest ToManifest() =>
        new(From?.Node.Id, From?.Port, Parameter, Comparison.Path, Comparison.Operator, Comparison.Value);
}

/// <summary>A member, an operator, and the constant that it is compared with.</summary>
internal sealed record Comparison(string? Path, string Operator, JsonElement Value);
