using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>Recognizes clocks, randomness, ids and surroundings.</summary>
internal static class UseFinder
{
    private static readonly string[] Trainers =
    [
        "AnomalyDetection",
        "BinaryClassification",
        "Clustering",
        "Forecasting",
        "MulticlassClassification",
        "Ranking",
        "Regression",
    ];

    public static Use? Find(IOperation operation) =>
        operation switch
        {
            IPropertyReferenceOperation property => OfProperty(property),
            IInvocationOperation call => OfCall(call),
            IObjectCreationOperation made => OfCreation(made),
            IMethodReferenceOperation method => OfMethod(method.Method, method),
            _ => null,
        };

    private static Use? OfProperty(IPropertyReferenceOperation reference)
    {
        var name = NameOf(reference.Property);
        return name switch
        {
            "System.DateTime.Now"
            or "System.DateTime.UtcNow"
            or "System.DateTime.Today"
            or "System.DateTimeOffset.Now"
            or "System.DateTimeOffset.UtcNow" => Made(ReproducibilityRules.Clock, reference, name),
            "System.TimeProvider.System" when !MeasuresOnly(reference) => Made(
                ReproducibilityRules.Clock,
                reference,
                name
            ),
            "System.Random.Shared" => Made(ReproducibilityRules.Randomness, reference, name),
            "System.Environment.MachineName"
            or "System.Environment.UserName"
            or "System.Environment.UserDomainName"
            or "System.Environment.CurrentDirectory"
            or "System.Environment.ProcessorCount"
            or "System.TimeZoneInfo.Local" => Made(ReproducibilityRules.Surroundings, reference, name),
            _ => null,
        };
    }

    private static Use? OfCall(IInvocationOperation call)
    {
        if (NameOf(call.TargetMethod) is "System.Environment.GetEnvironmentVariable")
        {
            var variable = call.Arguments.FirstOrDefault()?.Value.ConstantValue.Value as string;
            var what = variable is null ? "an environment variable" : $"the environment variable '{variable}'";
            return new(ReproducibilityRules.Surroundings, what, call.Syntax.GetLocation(), variable);
        }
        return OfMethod(call.TargetMethod, call) ?? OutsideFinder.OfCall(call);
    }

    private static Use? OfMethod(IMethodSymbol method, IOperation operation)
    {
        var name = NameOf(method);
        return name switch
        {
            "System.Guid.NewGuid" or "System.Guid.CreateVersion7" => Made(ReproducibilityRules.NewIds, operation, name),
            "System.Linq.Enumerable.Shuffle" => Made(ReproducibilityRules.Randomness, operation, name),
            "System.String.GetHashCode" when method.Parameters.Length == 0 && !IsInHash(operation) => Made(
                ReproducibilityRules.Randomness,
                operation,
                "string.GetHashCode (different in each process)"
            ),
            "System.Environment.GetEnvironmentVariables" or "System.Environment.ExpandEnvironmentVariables" => Made(
                ReproducibilityRules.Surroundings,
                operation,
                name
            ),
            _ when name.StartsWith("System.Security.Cryptography.RandomNumberGenerator.", StringComparison.Ordinal) =>
                Made(ReproducibilityRules.Randomness, operation, name),
            _ => null,
        };
    }

    private static Use? OfCreation(IObjectCreationOperation made)
    {
        var type = made.Type?.ToDisplayString() ?? "";
        var seeded = made.Arguments.Any(argument =>
            argument.ArgumentKind != ArgumentKind.DefaultValue
            && argument.Value.ConstantValue is not { HasValue: true, Value: null }
        );
        return type switch
        {
            "System.Random" when !seeded => Made(ReproducibilityRules.Randomness, made, "new Random() without a seed"),
            "Microsoft.ML.MLContext" when !seeded && Trains(made) => Made(
                ReproducibilityRules.Randomness,
                made,
                "new MLContext() without a seed"
            ),
            _ => OutsideFinder.OfCreation(made),
        };
    }

    // Loading a model and predicting with it draw nothing: what they use of the context is not a catalog of trainers.
    private static bool Trains(IOperation made)
    {
        while (made.Parent is not null)
        {
            made = made.Parent;
        }
        return made.Descendants()
            .OfType<IPropertyReferenceOperation>()
            .Any(used =>
                used.Property is { ContainingType.Name: "MLContext", Name: var name }
                && Trainers.Contains(name, StringComparer.Ordinal)
            );
    }

    // How long something took is for people; it is the present that must not get into a result.
    private static bool MeasuresOnly(IPropertyReferenceOperation provider) =>
        provider.Parent is IInvocationOperation { TargetMethod.Name: "GetTimestamp" or "GetElapsedTime" };

    private static bool IsInHash(IOperation operation)
    {
        for (var symbol = operation.SemanticModel?.GetEnclosingSymbol(operation.Syntax.SpanStart); symbol is not null; )
        {
            if (symbol is IMethodSymbol { Name: "GetHashCode" })
            {
                return true;
            }
            symbol = symbol.ContainingSymbol;
        }
        return false;
    }

    private static Use Made(DiagnosticDescriptor rule, IOperation operation, string what) =>
        new(
            rule,
            what.StartsWith("System.", StringComparison.Ordinal) ? ShortOf(what) : what,
            operation.Syntax.GetLocation()
        );

    /// <summary>The type's full name, a dot, and the member's.</summary>
    internal static string NameOf(ISymbol member)
    {
        var symbol = (member as IMethodSymbol)?.ReducedFrom ?? member;
        var type = symbol.ContainingType;
        return type is null ? symbol.Name : $"{type.ContainingNamespace.ToDisplayString()}.{type.Name}.{symbol.Name}";
    }

    // The type and the member.
    private static string ShortOf(string name)
    {
        var member = name.LastIndexOf('.');
        return name.Substring(name.LastIndexOf('.', member - 1) + 1);
    }
}
