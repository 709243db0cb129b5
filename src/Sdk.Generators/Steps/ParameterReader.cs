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
        var isArgument = IsMarked(parameter, "Rondo.Sdk.ArgumentAttribute");
        var isInput = IsMarked(parameter, "Rondo.Sdk.InputAttribute");
        if (isArgument && isInput)
        {
            why = "Keep one of [Input] and [Argument]";
            return null;
        }
        var element = ArtifactType.ListElement(type);
        if (isArgument || (!isInput && ScalarType.Is(ScalarType.Bare(element ?? type))))
        {
            return element is null
                ? Argument(parameter, type)
                : Model(parameter, ParameterRole.ArgumentList, element, "");
        }
        return ArtifactType.Codec(element ?? type, out why) is { } codec
            ? Model(parameter, element is null ? ParameterRole.Input : ParameterRole.InputList, element ?? type, codec)
            : null;
    }

    // No value converts to an argument whose type is an interface, and no type parameter is inferred through a conversion.
    private static ParameterModel Argument(IParameterSymbol parameter, ITypeSymbol type)
    {
        var isBare = type.TypeKind is TypeKind.Interface or TypeKind.TypeParameter || Mentions(type);
        return Model(parameter, isBare ? ParameterRole.Constant : ParameterRole.Argument, type, "");
    }

    private static bool Mentions(ITypeSymbol type) =>
        type is ITypeParameterSymbol
        || (type is IArrayTypeSymbol array && Mentions(array.ElementType))
        || (type is INamedTypeSymbol named && named.TypeArguments.Any(Mentions));

    private static bool IsMarked(IParameterSymbol parameter, string name) =>
        parameter.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == name);

    private static ParameterModel Model(IParameterSymbol parameter, ParameterRole role, ITypeSymbol type, string codec)
    {
        var isInput = role is ParameterRole.Input or ParameterRole.InputList;
        var nullable = type.NullableAnnotation == NullableAnnotation.Annotated && !type.IsValueType;
        var bare = isInput && !type.IsValueType ? type.WithNullableAnnotation(NullableAnnotation.NotAnnotated) : type;
        return new(
            SyntaxFacts.GetKeywordKind(parameter.Name) == SyntaxKind.None ? parameter.Name : "@" + parameter.Name,
            parameter.Name,
            role,
            bare.ToDisplayString(StepReader.Full),
            codec,
            nullable || (isInput && ScalarType.IsNullableValue(type)),
            type.IsValueType,
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
