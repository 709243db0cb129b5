using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>What the attributes of a step say besides its ports.</summary>
internal static class SettingsReader
{
    private static readonly string[] Resources = ["Cpu", "MemoryMegabytes", "Accelerator", "Accelerators", "Processes"];

    public static StepSettings Read(IMethodSymbol method, AttributeData step)
    {
        var named = step.NamedArguments.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var others = new List<string>();
        foreach (var name in new[] { "CacheSeconds", "Salt", "Seed", "Pool", "Isolated" })
        {
            if (named.TryGetValue(name, out var value))
            {
                others.Add($"{name} = {Literal(value)}");
            }
        }
        if (Resources.Any(named.ContainsKey))
        {
            others.Add("Resources = " + ResourcesOf(named));
        }
        AddAll(others, method, "Retry", "Retries");
        AddAll(others, method, "Environment", "Environment");
        AddAll(others, method, "Secret", "Secrets");
        return new(
            !named.TryGetValue("Cache", out var cache) || cache.Value is true,
            named.TryGetValue("MaxAttempts", out var attempts) && attempts.Value is int count ? count : 1,
            named.TryGetValue("TimeoutSeconds", out var timeout) && timeout.Value is int seconds ? seconds : 0,
            new EquatableList<string>(others)
        );
    }

    private static string ResourcesOf(Dictionary<string, TypedConstant> named)
    {
        return $"new({Of("Cpu")}, {Of("MemoryMegabytes")} * 1048576L, {Of("Accelerator")}, {Of("Accelerators")}, {Of("Processes")})";

        string Of(string name) =>
            named.TryGetValue(name, out var value) ? Literal(value)
            : name == "Accelerator" ? "null"
            : "0";
    }

    // The attributes themselves are the data: they are made again as they stand on the method.
    private static void AddAll(List<string> others, IMethodSymbol method, string attribute, string property)
    {
        var type = $"Rondo.Sdk.{attribute}Attribute";
        var made = method
            .GetAttributes()
            .Where(found => found.AttributeClass?.ToDisplayString() == type)
            .Select(found =>
                $"new global::{type}({string.Join(", ", found.ConstructorArguments.Select(Literal))})"
                + (
                    found.NamedArguments.Length == 0
                        ? ""
                        : " { "
                            + string.Join(
                                ", ",
                                found.NamedArguments.Select(pair => $"{pair.Key} = {Literal(pair.Value)}")
                            )
                            + " }"
                )
            )
            .ToList();
        if (made.Count > 0)
        {
            others.Add($"{property} = [{string.Join(", ", made)}]");
        }
    }

    private static string Literal(TypedConstant value) =>
        value.Kind == TypedConstantKind.Type
            ? $"typeof({((ITypeSymbol)value.Value!).ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)})"
        : value.Value is double number ? Number(number)
        : value.IsNull ? "null"
        : SymbolDisplay.FormatPrimitive(value.Value!, quoteStrings: true, useHexadecimalNumbers: false) ?? "null";

    private static string Number(double number) =>
        double.IsNaN(number) ? "double.NaN"
        : double.IsInfinity(number)
            ? number > 0 ? "double.PositiveInfinity"
                : "double.NegativeInfinity"
        : number.ToString("R", System.Globalization.CultureInfo.InvariantCulture) + "D";
}
