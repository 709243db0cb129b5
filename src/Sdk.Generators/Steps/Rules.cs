using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>What a method must be in order to be a step.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NotStatic = new(
        "RONDO001",
        "A step must be static",
        "Step '{0}' is not static. Make it static: a step has no state besides its inputs.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor NotVisible = new(
        "RONDO002",
        "A step must be visible to the generated code",
        "Step '{0}' cannot be called from generated code. Make it, the types around it and the types in its signature internal or public.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor UnsupportedParameter = new(
        "RONDO003",
        "A parameter's type cannot be an input or an argument",
        "Parameter '{1}' of step '{0}' has type '{2}', which is neither an artifact (a table, a model, a file, a record) nor a scalar (int, long, float, double, bool, string, DateOnly, an enum). {3}.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor ByReference = new(
        "RONDO004",
        "A parameter cannot be passed by reference",
        "Parameter '{1}' of step '{0}' is '{2}'. Take it by value, and return what the step makes.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor UnsupportedReturn = new(
        "RONDO006",
        "A return type cannot be an artifact",
        "Step '{0}' returns '{1}', which cannot be stored as an artifact. {2}.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor UnnamedElement = new(
        "RONDO007",
        "The elements of a returned tuple need names",
        "Step '{0}' returns a tuple with an element that has no name. Name each element: the names become the output ports.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor InGenericType = new(
        "RONDO008",
        "A step cannot be in a generic type",
        "Step '{0}' is in the generic type '{1}'. Move it to a type that is not generic; the method itself may be generic.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly DiagnosticDescriptor TwoContexts = new(
        "RONDO009",
        "A step has at most one StepContext",
        "Step '{0}' has more than one parameter of type '{1}'. Keep one.",
        "Rondo",
        DiagnosticSeverity.Error,
        true
    );

    public static readonly IReadOnlyDictionary<string, DiagnosticDescriptor> All = new[]
    {
        NotStatic,
        NotVisible,
        UnsupportedParameter,
        ByReference,
        UnsupportedReturn,
        UnnamedElement,
        InGenericType,
        TwoContexts,
    }.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
}
