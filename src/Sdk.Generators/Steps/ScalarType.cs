using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>Which types are scalars: arguments unless a parameter is marked <c>[Input]</c>.</summary>
internal static class ScalarType
{
    public static bool Is(ITypeSymbol type) =>
        type.TypeKind == TypeKind.Enum
        || type.SpecialType
            is SpecialType.System_Int32
                or SpecialType.System_Int64
                or SpecialType.System_Single
                or SpecialType.System_Double
                or SpecialType.System_Boolean
                or SpecialType.System_String
        || IsDay(type);

    /// <summary>A nullable value's type without the question mark; any other as it is.</summary>
    public static ITypeSymbol Bare(ITypeSymbol type) =>
        IsNullableValue(type) ? ((INamedTypeSymbol)type).TypeArguments[0] : type;

    public static bool IsNullableValue(ITypeSymbol type) =>
        type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    private static bool IsDay(ITypeSymbol type) =>
        type
            is {
                Name: "DateOnly",
                ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true }
            };
}
