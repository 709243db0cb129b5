using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>The output ports of a step: its return value, or one for each element of a tuple.</summary>
internal static class OutputReader
{
    public static EquatableList<OutputModel> Read(
        IMethodSymbol method,
        List<Mistake> mistakes,
        out bool isTuple,
        out bool isAsync
    )
    {
        var place = method.Locations.FirstOrDefault() ?? Location.None;
        var returned = Awaited(method.ReturnType, out isAsync);
        isTuple = returned is INamedTypeSymbol { IsTupleType: true };
        if (returned is null || returned.SpecialType == SpecialType.System_Void)
        {
            return EquatableList<OutputModel>.Empty;
        }
        var outputs = new List<OutputModel>();
        if (!isTuple)
        {
            Add(outputs, new Element("", "value", returned), method, mistakes);
            return new EquatableList<OutputModel>(outputs);
        }
        foreach (var element in ((INamedTypeSymbol)returned).TupleElements)
        {
            if (!element.IsExplicitlyNamedTupleElement)
            {
                mistakes.Add(Mistake.At(Rules.UnnamedElement, place, method.Name));
                continue;
            }
            Add(outputs, new Element(element.Name, CamelCase(element.Name), element.Type), method, mistakes);
        }
        return new EquatableList<OutputModel>(outputs);
    }

    private static void Add(List<OutputModel> outputs, Element element, IMethodSymbol method, List<Mistake> mistakes)
    {
        var codec = ArtifactType.Codec(element.Type, out var why);
        if (codec is null)
        {
            var place = method.Locations.FirstOrDefault() ?? Location.None;
            mistakes.Add(Mistake.At(Rules.UnsupportedReturn, place, method.Name, element.Type.ToDisplayString(), why));
            return;
        }
        var isValue = element.Type.IsValueType;
        var bare = isValue ? element.Type : element.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
        outputs.Add(
            new(
                element.Name,
                element.Port,
                bare.ToDisplayString(StepReader.Full),
                codec,
                element.Type.NullableAnnotation == NullableAnnotation.Annotated
                    || ScalarType.IsNullableValue(element.Type),
                isValue
            )
        );
    }

    // Null: a task without a result.
    private static ITypeSymbol? Awaited(ITypeSymbol type, out bool isAsync)
    {
        var name = type.OriginalDefinition.ToDisplayString();
        isAsync =
            name.StartsWith("System.Threading.Tasks.Task", StringComparison.Ordinal)
            || name.StartsWith("System.Threading.Tasks.ValueTask", StringComparison.Ordinal);
        return isAsync ? ((INamedTypeSymbol)type).TypeArguments.FirstOrDefault() : type;
    }

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);

    private sealed record Element(string Name, string Port, ITypeSymbol Type);
}
