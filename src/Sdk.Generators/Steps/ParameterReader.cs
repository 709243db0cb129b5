using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>Which parameter is an input, which an argument, and which neither.</summary>
internal static class ParameterReader
{
    public static EquatableList<ParameterModel> Read(
        IMethodSymbol method,
        List<Mistake> mistakes,
        CancellationToken cancellation
    )
    {
        var read = new List<ParameterModel>();
        foreach (var parameter in method.Parameters)
        {
            cancellation.ThrowIfCancellationRequested();
            var place = parameter.Locations.FirstOrDefault() ?? Location.None;
            if (parameter.RefKind != RefKind.None || parameter.IsParams)
            {
                var kind = parameter.IsParams ? "params" : parameter.RefKind.ToString().ToLowerInvariant();
                mistakes.Add(Mistake.At(Rules.ByReference, place, method.Name, parameter.Name, kind));
                continue;
            }
            if (One(parameter, out var why) is { } model)
            {
                read.Add(model);
                continue;
            }
            mistakes.Add(
                Mistake.At(
                    Rules.UnsupportedParameter,
                    place,
                    method.Name,
                    parameter.Name,
                    parameter.Type.ToDisplayString(),
                    why
                )
            );
        }
        if (read.Count(parameter => parameter.Role == ParameterRole.Context) > 1)
        {
            mistakes.Add(
                Mistake.At(
                    Rules.TwoContexts,
                    method.Locations.FirstOrDefault() ?? Location.None,
                    method.Name,
                    "StepContext"
                )
            );
        }
        return new EquatableList<ParameterModel>(read);
    }

    private static ParameterModel? One(IParameterSymbol parameter, out string why)
    {
        why = "";
        var type = parameter.Type;
        var name = type.OriginalDefinition.ToDisplayString();
        if (name == "Rondo.Sdk.StepContext")
        {
            return Model(parameter, ParameterRole.Context, type, "");
        }
        if (name == "System.Threading.CancellationToken")
        {
            return Model(parameter, ParameterRole.Cancellation, type, "");
        }
        if (parameter.GetAttributes().Any(IsArgument))
        {
            return Model(parameter, ParameterRole.Constant, type, "");
        }
        if (IsScalar(type))
        {
            return Model(parameter, ParameterRole.Scalar, type, "");
        }
        if (name == "System.Collections.Generic.IReadOnlyList<T>")
        {
            var element = ((INamedTypeSymbol)type).TypeArguments[0];
            if (IsScalar(element))
            {
                return Model(parameter, ParameterRole.Constant, type, "");
            }
            return ArtifactType.Codec(element, out why) is { } list
                ? Model(parameter, ParameterRole.InputList, element, list)
                : null;
        }
        return ArtifactType.Codec(type, out why) is { } codec
            ? Model(parameter, ParameterRole.Input, type, codec)
            : null;
    }

    private static bool IsArgument(AttributeData attribute) =>
        attribute.AttributeClass?.ToDisplayString() == "Rondo.Sdk.ArgumentAttribute";

    private static bool IsScalar(ITypeSymbol type) =>
        type.TypeKind == TypeKind.Enum
        || type.SpecialType
            is SpecialType.System_Int32
                or SpecialType.System_Int64
                or SpecialType.System_Single
                or SpecialType.System_Double
                or SpecialType.System_Boolean
                or SpecialType.System_String;

    private static ParameterModel Model(IParameterSymbol parameter, ParameterRole role, ITypeSymbol type, string codec)
    {
        var nullable = type.NullableAnnotation == NullableAnnotation.Annotated && !type.IsValueType;
        var bare = role is ParameterRole.Input or ParameterRole.InputList
            ? type.WithNullableAnnotation(NullableAnnotation.NotAnnotated)
            : type;
        return new(
            SyntaxFacts.GetKeywordKind(parameter.Name) == SyntaxKind.None ? parameter.Name : "@" + parameter.Name,
            parameter.Name,
            role,
            bare.ToDisplayString(StepReader.Full),
            codec,
            nullable,
            parameter.HasExplicitDefaultValue ? Default(parameter) : null
        );
    }

    private static string Default(IParameterSymbol parameter)
    {
        var value = parameter.ExplicitDefaultValue;
        var type = parameter.Type;
        return value switch
        {
            null => "default",
            _ when type.TypeKind == TypeKind.Enum => string.Format(
                CultureInfo.InvariantCulture,
                "({0}){1}",
                type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
                value
            ),
            double.NaN => "double.NaN",
            double.PositiveInfinity => "double.PositiveInfinity",
            double.NegativeInfinity => "double.NegativeInfinity",
            double number => number.ToString("R", CultureInfo.InvariantCulture) + "D",
            float number => number.ToString("R", CultureInfo.InvariantCulture) + "F",
            long number => number.ToString(CultureInfo.InvariantCulture) + "L",
            _ => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) ?? "default",
        };
    }
}
