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
        if (type is not INamedTypeSymbol named || type.TypeKind is not TypeKind.Class || type.IsAnonymousType)
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
            case "Rondo.Sdk.Model":
                return Artifacts + ".Model";
            case "Rondo.Sdk.FileArtifact":
                return Artifacts + ".File";
            case "Rondo.Sdk.Wire.ModelProposal":
                return Artifacts + ".ModelProposal";
            case "Rondo.Sdk.Wire.DatasetVersionContent":
                return Artifacts + ".DatasetVersion";
            default:
                return Json(named, out why);
        }
    }

    private static string? Json(INamedTypeSymbol type, out string why)
    {
        why = "";
        var space = type.ContainingNamespace?.ToDisplayString() ?? "";
        var isSystems = space == "System" || space.StartsWith("System.", StringComparison.Ordinal);
        if (isSystems || type.SpecialType != SpecialType.None || type.IsStatic)
        {
            why = "Wrap it in a record of your own";
            return null;
        }
        if (type.IsAbstract)
        {
            why = "An abstract type cannot be read back; use a concrete record";
            return null;
        }
        return $"{Artifacts}.Json<{type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(StepReader.Full)}>()";
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
