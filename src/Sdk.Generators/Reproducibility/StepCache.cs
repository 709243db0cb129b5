using Microsoft.CodeAnalysis;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>Whether a method is a step for which an earlier attempt may stand.</summary>
internal static class StepCache
{
    public const string Attribute = "Rondo.Sdk.StepAttribute";

    public static bool IsCacheable(IMethodSymbol method) =>
        method.GetAttributes().FirstOrDefault(found => NameOf(found) == Attribute) is { } step
        && !step.NamedArguments.Any(argument => argument is { Key: "Cache", Value.Value: false })
        && Returns(method.ReturnType);

    /// <summary>Whether an attribute of the step makes the environment variable part of the cache key.</summary>
    public static bool Declares(IMethodSymbol step, string? variable) =>
        variable is not null
        && step.GetAttributes()
            .Any(found =>
                NameOf(found) is "Rondo.Sdk.EnvironmentAttribute" or "Rondo.Sdk.SecretAttribute"
                && found.ConstructorArguments.FirstOrDefault().Value is string name
                && name == variable
            );

    private static string? NameOf(AttributeData attribute) => attribute.AttributeClass?.ToDisplayString();

    // A step that returns nothing is never passed over.
    private static bool Returns(ITypeSymbol type) =>
        type.SpecialType != SpecialType.System_Void
        && type.ToDisplayString() is not ("System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask");
}
