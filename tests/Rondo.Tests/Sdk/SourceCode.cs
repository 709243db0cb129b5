using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Rondo.Sdk;
using Rondo.Sdk.Generators;
using Rondo.Sdk.Generators.Reproducibility;

namespace Rondo.Tests.Sdk;

/// <summary>Compiles sources as a project of ours would be compiled: with the generator and the analyzer.</summary>
internal static class SourceCode
{
    private static readonly Lazy<IReadOnlyList<MetadataReference>> s_references = new(() =>
        [
            .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Append(typeof(Graph).Assembly.Location)
                .Distinct()
                .Select(path => MetadataReference.CreateFromFile(path)),
        ]
    );

    /// <summary>The ids of errors, and of warnings too: projects treat nullability as errors.</summary>
    public static List<string> Errors(string source) => [.. Problems(source).Select(problem => problem.Id)];

    /// <summary>Errors and warnings of the compiler and the generator.</summary>
    public static IReadOnlyList<Diagnostic> Problems(string source)
    {
        var compilation = Generated(source, out var diagnostics);
        return
        [
            .. compilation
                .GetDiagnostics()
                .Concat(diagnostics)
                .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning),
        ];
    }

    /// <summary>What the analyzer says, whatever its severity.</summary>
    public static async Task<IReadOnlyList<Diagnostic>> AnalyzedAsync(string source)
    {
        var compilation = Generated(source, out _);
        Assert.Empty(compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error));
        var found = await compilation
            .WithAnalyzers([new ReproducibleStepAnalyzer()])
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        return [.. found.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)];
    }

    public static CSharpCompilation Generated(string source, out ImmutableArray<Diagnostic> diagnostics)
    {
        CSharpGeneratorDriver
            .Create(new StepGenerator())
            .RunGeneratorsAndUpdateCompilation(Compile(source), out var compilation, out diagnostics);
        return (CSharpCompilation)compilation;
    }

    public static CSharpCompilation Compile(string source) =>
        CSharpCompilation.Create(
            "shop",
            [CSharpSyntaxTree.ParseText(source)],
            s_references.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
}
