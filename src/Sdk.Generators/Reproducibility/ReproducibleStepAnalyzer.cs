using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Rondo.Sdk.Generators.Reproducibility;

/// <summary>
/// Warns about steps whose outputs may be used again, but that use clocks, randomness, new ids or their surroundings, directly or
/// through other methods of the project.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReproducibleStepAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc />
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ReproducibilityRules.All;

    /// <inheritdoc />
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext context)
    {
        if (context.Compilation.GetTypeByMetadataName(StepCache.Attribute) is null)
        {
            return;
        }
        var graph = new CallGraph(context.Compilation.Assembly);
        var steps = new ConcurrentQueue<IMethodSymbol>();
        context.RegisterSymbolAction(
            symbol =>
            {
                if (StepCache.IsCacheable((IMethodSymbol)symbol.Symbol))
                {
                    steps.Enqueue((IMethodSymbol)symbol.Symbol);
                }
            },
            SymbolKind.Method
        );
        context.RegisterOperationAction(
            operation => graph.Add(operation.ContainingSymbol, operation.Operation),
            OperationKind.Invocation,
            OperationKind.PropertyReference,
            OperationKind.FieldReference,
            OperationKind.ObjectCreation,
            OperationKind.MethodReference
        );
        context.RegisterCompilationEndAction(end => Report(end, graph, steps));
    }

    // One warning for one place, whatever number of steps gets there: the first by name stands for all.
    private static void Report(CompilationAnalysisContext context, CallGraph graph, IEnumerable<IMethodSymbol> steps)
    {
        var told = new HashSet<Location>();
        foreach (var step in steps.OrderBy(step => step.ToDisplayString(), StringComparer.Ordinal))
        {
            foreach (var (use, through) in graph.Reached(step.OriginalDefinition))
            {
                if (StepCache.Declares(step, use.Variable) || graph.Declares(use.Variable) || !told.Add(use.Place))
                {
                    continue;
                }
                context.ReportDiagnostic(
                    Diagnostic.Create(
                        use.Rule,
                        use.Place,
                        step.Name,
                        use.What,
                        through.Length == 0 ? "" : $" (through {through})",
                        ReproducibilityRules.MendOf(use.Rule)
                    )
                );
            }
        }
    }
}
