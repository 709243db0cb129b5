using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>Which codec stores a type, or why none does.</summary>
internal static class ArtifactType
{
    private const string Artifacts = "global::Rondo.Sdk.Artifacts";

    /// <summary>The codec expression of a type, or null with the reason and mend.</summary>
    public static string? Codec(ITypeSymbol type, out string why)
    {
        why = "";
        if (ScalarType.Is(ScalarType.Bare(type)))
        {
            return OfJson(type);
        }
        if (ListElement(type) is { } element)
        {
            return List(type, element, out why);
        }
        if (ScalarType.Bare(type) is not INamedTypeSymbol named || !IsStorable(named))
        {
            why = Why(type);
            return null;
        }
        var definition = named.OriginalDefinition.ToDisplayString();
        switch (definition)
        {
            case "Rondo.Data.Table":
                return Artifacts + ".UntypedTable";
            case "Rondo.Data.Table<T>":
                return $"{Artifacts}.Table<{named.TypeArguments[0].ToDisplayString(StepReader.Full)}>()";
            case "Rondo.Data.RawTable":
                return Artifacts + ".RawTable";
            case "Rondo.Data.ValidationReport":
                return Artifacts + ".ValidationReport";
            case "Rondo.Data.TableStatistics":
                return Artifacts + ".Statistics";
            case "Rondo.Sdk.SweepReport":
                return Artifacts + ".SweepReport";
            case "Rondo.Data.Preparation":
                return Artifacts + ".Preparation";
            case "Rondo.Sdk.NewRows":
                return Artifacts + ".NewRows";
            case "Rondo.Sdk.Model":
                return Artifacts + ".Model";
            case "Rondo.Sdk.FileArtifact":
                return Artifacts + ".File";
            case "Rondo.Sdk.Wire.ModelProposal":
                return Artifacts + ".ModelProposal";
            case "Rondo.Sdk.Wire.DatasetVersionContent":
                return Artifacts + ".DatasetVersion";
            default:
                return Json(type, named, out why);
        }
    }

    /// <summary>The codec of a value that is stored as JSON; null for one that may be missing stays in the type.</summary>
    public static string OfJson(ITypeSymbol type)
    {
        var bare = type.IsValueType ? type : type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
        return $"{Artifacts}.Json<{bare.ToDisplayString(StepReader.Full)}>()";
    }

    /// <summary>The element of an <c>IReadOnlyList</c>, or null.</summary>
    public static ITypeSymbol? ListElement(ITypeSymbol type) =>
        type is INamedTypeSymbol named
        && named.OriginalDefinition.ToDisplayString() == "System.Collections.Generic.IReadOnlyList<T>"
            ? named.TypeArguments[0]
            : null;

    private static bool IsStorable(INamedTypeSymbol type) =>
        type is { TypeKind: TypeKind.Class or TypeKind.Struct, IsAnonymousType: false, IsTupleType: false };

    private static string? List(ITypeSymbol type, ITypeSymbol element, out string why)
    {
        var codec = Codec(element, out why);
        if (codec is not null && !codec.StartsWith(Artifacts + ".Json<", StringComparison.Ordinal))
        {
            why =
                "A list is stored as JSON, so that it can hold records and scalars only; make such artifacts in a for-each";
            return null;
        }
        return codec is null ? null : OfJson(type);
    }

    private static string? Json(ITypeSymbol whole, INamedTypeSymbol type, out string why)
    {
        why = "";
        var space = type.ContainingNamespace?.ToDisplayString() ?? "";
        var isSystems = space == "System" || space.StartsWith("System.", StringComparison.Ordinal);
        if (isSystems || type.SpecialType != SpecialType.None || type.IsStatic)
        {
            why = space.StartsWith("System.Collections", StringComparison.Ordinal)
                ? "Use IReadOnlyList<T>, or wrap it in a record of your own"
                : "Wrap it in a record of your own";
            return null;
        }
        if (type.IsAbstract)
        {
            why = "An abstract type cannot be read back; use a concrete record";
            return null;
        }
        return OfJson(whole);
    }

    private static string Why(ITypeSymbol type) =>
        type switch
        {
            ITypeParameterSymbol => "A bare type parameter says nothing about how it is stored; use Table<T>",
            IArrayTypeSymbol => "Use IReadOnlyList<T> for a list of artifacts or of constants, or wrap it in a record",
            { TypeKind: TypeKind.Interface } => "Use a concrete type, or IReadOnlyList<T> of artifacts",
            { IsTupleType: true } => "Use a record, or separate parameters",
            { IsValueType: true } => "Wrap it in a record, or mark the parameter [Argument]",
            _ => "Wrap it in a record",
        };
}
