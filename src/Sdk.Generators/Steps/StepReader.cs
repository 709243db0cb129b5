using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>From a method symbol to a step, or to what is wrong with it.</summary>
internal static class StepReader
{
    public static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
    );

    public static StepOrMistakes Read(IMethodSymbol method, AttributeData attribute, CancellationToken cancellation)
    {
        var mistakes = new List<Mistake>();
        CheckMethod(method, mistakes);
        var parameters = ParameterReader.Read(method, mistakes, cancellation);
        var outputs = OutputReader.Read(method, mistakes, out var isTuple, out var isAsync);
        if (mistakes.Count > 0)
        {
            return new(null, new EquatableList<Mistake>(mistakes));
        }
        var container = method.ContainingType;
        var step = new StepModel(
            container.ContainingNamespace.IsGlobalNamespace ? "" : container.ContainingNamespace.ToDisplayString(),
            ExtensionClass(container),
            container.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            container.ToDisplayString() + "." + method.Name,
            method.Name,
            HintName(method),
            IsPublic(container),
            IsPublic(container) && IsPublicMethod(method),
            TypeParameters(method),
            Constraints(method),
            new EquatableList<string>([container.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)]),
            new EquatableList<string>(method.TypeParameters.Select(parameter => parameter.Name).ToList()),
            parameters,
            outputs,
            isTuple,
            isAsync,
            SettingsReader.Read(method, attribute)
        );
        return new(step, EquatableList<Mistake>.Empty);
    }

    private static void CheckMethod(IMethodSymbol method, List<Mistake> mistakes)
    {
        var place = method.Locations.FirstOrDefault() ?? Location.None;
        if (!method.IsStatic)
        {
            mistakes.Add(Mistake.At(Rules.NotStatic, place, method.Name));
        }
        if (
            Types(method).Any(IsHidden)
            || method.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Internal)
        )
        {
            mistakes.Add(Mistake.At(Rules.NotVisible, place, method.Name));
        }
        for (var type = method.ContainingType; type is not null; type = type.ContainingType)
        {
            if (type.IsGenericType)
            {
                mistakes.Add(Mistake.At(Rules.InGenericType, place, method.Name, type.ToDisplayString()));
            }
        }
    }

    private static IEnumerable<ITypeSymbol> Types(IMethodSymbol method) =>
        method
            .Parameters.Select(parameter => parameter.Type)
            .Append(method.ReturnType)
            .Append(method.ContainingType)
            .SelectMany(TypesWithin);

    private static IEnumerable<ITypeSymbol> TypesWithin(ITypeSymbol type)
    {
        yield return type;
        if (type is INamedTypeSymbol named)
        {
            foreach (var inner in named.TypeArguments.SelectMany(TypesWithin))
            {
                yield return inner;
            }
        }
    }

    private static bool IsHidden(ITypeSymbol type) =>
        IsLess(
            type,
            accessibility =>
                accessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
        );

    private static bool IsPublic(ITypeSymbol type) =>
        !IsLess(type, accessibility => accessibility is Accessibility.Public);

    private static bool IsLess(ITypeSymbol type, Func<Accessibility, bool> enough)
    {
        if (
            type
            is ITypeParameterSymbol
                or IErrorTypeSymbol
                or IDynamicTypeSymbol
                or IArrayTypeSymbol
                or IPointerTypeSymbol
        )
        {
            return false;
        }
        for (ISymbol? symbol = type; symbol is ITypeSymbol; symbol = symbol.ContainingType)
        {
            if (!enough(symbol.DeclaredAccessibility))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsPublicMethod(IMethodSymbol method) =>
        method.DeclaredAccessibility == Accessibility.Public && Types(method).All(IsPublic);

    private static string ExtensionClass(INamedTypeSymbol container)
    {
        var name = container.Name;
        for (var outer = container.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            name = outer.Name + name;
        }
        return name + "Graph";
    }

    // Overloads differ in their parameters only, and a hint name must be unique and free of signs.
    private static string HintName(IMethodSymbol method)
    {
        var signature = method.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);
        var hash = signature.Aggregate(2166136261u, (hash, letter) => unchecked((hash ^ letter) * 16777619u));
        return $"{method.ContainingType.ToDisplayString()}.{method.Name}.{hash:x8}.g.cs";
    }

    private static string TypeParameters(IMethodSymbol method) =>
        method.TypeParameters.Length == 0
            ? ""
            : "<" + string.Join(", ", method.TypeParameters.Select(parameter => parameter.Name)) + ">";

    private static string Constraints(IMethodSymbol method) =>
        string.Concat(
            method.TypeParameters.Select(parameter =>
            {
                var parts = new List<string>();
                parts.AddRange(
                    parameter switch
                    {
                        { HasUnmanagedTypeConstraint: true } => ["unmanaged"],
                        { HasValueTypeConstraint: true } => ["struct"],
                        { HasReferenceTypeConstraint: true } => ["class"],
                        { HasNotNullConstraint: true } => ["notnull"],
                        _ => (string[])[],
                    }
                );
                parts.AddRange(parameter.ConstraintTypes.Select(type => type.ToDisplayString(Full)));
                if (parameter.HasConstructorConstraint)
                {
                    parts.Add("new()");
                }
                return parts.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", parts)}";
            })
        );
}
