using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Rondo.Sdk.Generators.Steps;

namespace Rondo.Sdk.Generators;

/// <summary>
/// Reads each method marked <c>[Step]</c> and writes a typed method on <c>Graph</c> for it: its ports, its arguments, and a
/// closed delegate that calls it. Nothing is looked up by reflection when a step runs.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class StepGenerator : IIncrementalGenerator
{
    private const string Attribute = "Rondo.Sdk.StepAttribute";

    /// <inheritdoc />
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var steps = context.SyntaxProvider.ForAttributeWithMetadataName(
            Attribute,
            static (node, _) => node is MethodDeclarationSyntax,
            static (found, cancellation) =>
                StepReader.Read((IMethodSymbol)found.TargetSymbol, found.Attributes[0], cancellation)
        );
        context.RegisterSourceOutput(steps, static (output, step) => Emit(output, step));
    }

    private static void Emit(SourceProductionContext output, StepOrMistakes read)
    {
        foreach (var mistake in read.Mistakes)
        {
            output.ReportDiagnostic(mistake.ToDiagnostic());
        }
        if (read.Step is { } step)
        {
            output.AddSource(step.HintName, SourceText.From(StepWriter.Write(step), Encoding.UTF8));
        }
    }
}
