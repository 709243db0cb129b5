using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>Who calls whom within one compilation, and who uses what a cache key does not cover.</summary>
internal sealed class CallGraph(IAssemblySymbol assembly)
{
    private const int DepthMax = 8;
    private const int VisitedMax = 1000;

    private readonly ConcurrentDictionary<ISymbol, ConcurrentQueue<Use>> _uses = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, ConcurrentQueue<ISymbol>> _calls = new(
        SymbolEqualityComparer.Default
    );

    private readonly ConcurrentDictionary<string, bool> _variables = new(StringComparer.Ordinal);

    /// <summary>Whether a graph of the project makes the environment variable part of a cache key: <c>.Environment("MODE", "fast")</c>.</summary>
    public bool Declares(string? variable) => variable is not null && _variables.ContainsKey(variable);

    public void Add(ISymbol within, IOperation operation)
    {
        var member = Outermost(within);
        if (VariableOf(operation) is { } variable)
        {
            _variables[variable] = true;
        }
        if (UseFinder.Find(operation) is { } use)
        {
            _uses.GetOrAdd(member, _ => new()).Enqueue(use);
        }
        foreach (var called in Called(operation).Where(IsHere))
        {
            _calls.GetOrAdd(member, _ => new()).Enqueue(called.OriginalDefinition);
        }
    }

    /// <summary>What a step uses, itself or through others, with the others' names.</summary>
    public IEnumerable<(Use Use, string Through)> Reached(ISymbol step)
    {
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default) { step };
        var next = new Queue<(ISymbol Member, string Through, int Depth)>([(step, "", 0)]);
        while (next.Count > 0)
        {
            var (member, through, depth) = next.Dequeue();
            foreach (var use in _uses.TryGetValue(member, out var uses) ? uses.ToArray() : [])
            {
                yield return (use, through);
            }
            if (depth == DepthMax)
            {
                continue;
            }
            foreach (var called in CalledBy(member).Where(called => seen.Count < VisitedMax && seen.Add(called)))
            {
                var name = called.ContainingType is { } type ? $"{type.Name}.{called.Name}" : called.Name;
                next.Enqueue((called, through.Length == 0 ? name : $"{through} → {name}", depth + 1));
            }
        }
    }

    private IEnumerable<ISymbol> CalledBy(ISymbol member)
    {
        var calls = _calls.TryGetValue(member, out var called) ? called.ToArray() : [];
        // A constructor runs the initializers of its type.
        var type = member is IMethodSymbol { MethodKind: MethodKind.Constructor } ? member.ContainingType : null;
        return calls.Concat(
            type?.GetMembers().Where(other => !other.IsStatic && other is IFieldSymbol or IPropertySymbol) ?? []
        );
    }

    private static IEnumerable<ISymbol> Called(IOperation operation) =>
        operation switch
        {
            IInvocationOperation call => [call.TargetMethod.ReducedFrom ?? call.TargetMethod],
            IMethodReferenceOperation method => [method.Method],
            IObjectCreationOperation { Constructor: { } constructor } => [constructor],
            IFieldReferenceOperation { Field.IsConst: false } field => [field.Field],
            IPropertyReferenceOperation property => new ISymbol?[]
            {
                property.Property,
                property.Property.GetMethod,
            }.OfType<ISymbol>(),
            _ => [],
        };

    // As an extension its first argument is the node.
    private static string? VariableOf(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod: { Name: "Environment" or "Secret" } method } call
        && UseFinder.NameOf(method).StartsWith("Rondo.Sdk.NodeSettings.", StringComparison.Ordinal)
            ? call.Arguments.Select(argument => argument.Value.ConstantValue.Value).OfType<string>().FirstOrDefault()
            : null;

    private bool IsHere(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, assembly);

    // Lambdas and local functions belong to the method around them.
    private static ISymbol Outermost(ISymbol symbol)
    {
        while (
            symbol is IMethodSymbol { MethodKind: MethodKind.LocalFunction or MethodKind.AnonymousFunction }
            && symbol.ContainingSymbol is { } around
        )
        {
            symbol = around;
        }
        return symbol.OriginalDefinition;
    }
}
