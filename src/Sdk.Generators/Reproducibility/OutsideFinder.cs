using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>
/// Recognizes reads of files and of the network. Files of the attempt's own (in its work folder) and of its inputs are left alone, as is a
/// path that a method other than the step was given: who gave it is not known.
/// </summary>
internal static class OutsideFinder
{
    private const int LocalsMax = 3;

    private static readonly string[] Reads =
    [
        "Read",
        "OpenRead",
        "OpenText",
        "Exists",
        "GetLastWriteTime",
        "EnumerateFiles",
        "EnumerateDirectories",
        "EnumerateFileSystemEntries",
        "GetFiles",
        "GetDirectories",
        "GetFileSystemEntries",
    ];

    private static readonly string[] Requests = ["Get", "Post", "Put", "Patch", "Delete", "Send"];

    public static Use? OfCall(IInvocationOperation call)
    {
        var type = call.TargetMethod.ContainingType?.ToDisplayString() ?? "";
        var name = call.TargetMethod.Name;
        var reads =
            type is "System.IO.File" or "System.IO.Directory"
            && Reads.Any(read => name.StartsWith(read, StringComparison.Ordinal))
            && IsForeign(call.Arguments.FirstOrDefault()?.Value, LocalsMax);
        var asks = IsHttp(call) && Requests.Any(request => name.StartsWith(request, StringComparison.Ordinal));
        return reads || asks
            ? Made(call, $"{(asks ? "HttpClient" : call.TargetMethod.ContainingType!.Name)}.{name}")
            : null;
    }

    public static Use? OfCreation(IObjectCreationOperation made)
    {
        var type = made.Type?.ToDisplayString() ?? "";
        var first = made.Arguments.FirstOrDefault()?.Value;
        var found = type switch
        {
            "System.IO.StreamReader" => first?.Type?.SpecialType == SpecialType.System_String
                && IsForeign(first, LocalsMax),
            "System.IO.FileStream" => first?.Type?.SpecialType == SpecialType.System_String
                && Opens(made)
                && IsForeign(first, LocalsMax),
            "System.Net.Sockets.TcpClient"
            or "System.Net.Sockets.UdpClient"
            or "System.Net.Sockets.Socket"
            or "System.Net.WebSockets.ClientWebSocket"
            or "System.Net.WebClient" => true,
            _ => IsDatabase(made.Type),
        };
        return found ? Made(made, $"a {made.Type!.Name}") : null;
    }

    private static bool IsHttp(IInvocationOperation call) =>
        (call.Instance?.Type ?? call.Arguments.FirstOrDefault()?.Value.Type)?.ToDisplayString()
            is "System.Net.Http.HttpClient"
        && (call.TargetMethod.Name.EndsWith("Async", StringComparison.Ordinal) || call.TargetMethod.Name == "Send");

    // FileMode.Open and OpenOrCreate read; without a mode the constructor is of another kind.
    private static bool Opens(IObjectCreationOperation made) =>
        made.Arguments.Any(argument =>
            argument.Value.Type?.ToDisplayString() == "System.IO.FileMode"
            && argument.Value.ConstantValue.Value is 3 or 4
        );

    private static bool IsDatabase(ITypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.ToDisplayString() == "System.Data.Common.DbConnection")
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsForeign(IOperation? path, int locals)
    {
        foreach (var part in path?.DescendantsAndSelf() ?? [])
        {
            switch (part)
            {
                case IPropertyReferenceOperation property when IsOwn(property.Property):
                case IParameterReferenceOperation parameter when !IsStep(parameter.Parameter.ContainingSymbol):
                case ILocalReferenceOperation local when locals > 0 && IsOwnLocal(local, locals - 1):
                    return false;
            }
        }
        return path is not null;
    }

    private static bool IsOwnLocal(ILocalReferenceOperation reference, int locals)
    {
        IOperation root = reference;
        while (root.Parent is not null)
        {
            root = root.Parent;
        }
        var declared = root.Descendants()
            .OfType<IVariableDeclaratorOperation>()
            .FirstOrDefault(found => SymbolEqualityComparer.Default.Equals(found.Symbol, reference.Local));
        // A variable of a foreach or a pattern has no initializer here: where it comes from is not followed.
        return declared?.GetVariableInitializer()?.Value is not { } value || !IsForeign(value, locals);
    }

    private static bool IsOwn(IPropertySymbol property) =>
        UseFinder.NameOf(property) is "Rondo.Sdk.StepContext.WorkFolder" or "Rondo.Sdk.FileArtifact.Path";

    private static bool IsStep(ISymbol symbol) =>
        symbol.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == StepCache.Attribute);

    private static Use Made(IOperation operation, string what) =>
        new(ReproducibilityRules.Outside, what, operation.Syntax.GetLocation());
}
