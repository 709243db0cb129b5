using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Rondo.Sdk.Generators.Steps;

/// <summary>A diagnostic as values, so that it can be cached.</summary>
internal sealed record Mistake(
    string Id,
    string File,
    TextSpan Span,
    LinePositionSpan Lines,
    EquatableList<string> Arguments
)
{
    public static Mistake At(DiagnosticDescriptor rule, Location location, params string[] arguments)
    {
        var lines = location.GetLineSpan();
        return new(rule.Id, lines.Path, location.SourceSpan, lines.Span, new EquatableList<string>(arguments));
    }

    public Diagnostic ToDiagnostic() =>
        Diagnostic.Create(
            Rules.All[Id],
            File.Length == 0 ? Location.None : Location.Create(File, Span, Lines),
            Arguments.Cast<object>().ToArray()
        );
}
