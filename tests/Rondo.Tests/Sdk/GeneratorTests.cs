using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rondo.Sdk;
using Rondo.Sdk.Generators;

namespace Rondo.Tests.Sdk;

/// <summary>What compiles, what does not, and what the compiler then says.</summary>
public sealed class GeneratorTests
{
    private const string Steps = """
        using System.Collections.Generic;
        using System.Threading.Tasks;
        using Rondo.Data;
        using Rondo.Sdk;

        namespace Shop;

        public sealed record Sale(double Amount);
        public sealed record Refund(double Amount);

        public static class ShopSteps
        {
            [Step]
            public static Table<Sale> Net(Table<Sale> sales, Table<Refund> refunds, double share = 0.5) => sales;

            [Step]
            public static async Task<Model> Train(Table<Sale> sales, int trees, StepContext context)
            {
                await Task.Yield();
                throw new System.InvalidOperationException();
            }
        }

        public static class Wiring
        {
            public static void Build(Graph g, Ref<Table<Sale>> sales, Ref<Table<Refund>> refunds)
            {
                // WIRING
            }
        }
        """;

    [Fact]
    public void Right_wiring_compiles() =>
        Assert.Empty(
            Errors(Wire("g.Train(g.Net(sales, refunds), g.Parameter(\"trees\", 100)); g.Train(sales, trees: 5);"))
        );

    [Theory]
    [Trait("Requirement", "R4")]
    [InlineData("g.Net(refunds, sales);", "CS1503")] // swapped inputs
    [InlineData("g.Net(sales);", "CS7036")] // a missing input
    [InlineData("g.Train(refunds, 100);", "CS1503")] // the wrong type of rows
    [InlineData("g.Train(g.Train(sales, 100), 100);", "CS1503")] // a model for a table
    [InlineData("g.Train(sales, \"many\");", "CS1503")] // the wrong type of argument
    [InlineData("g.Train(sales, g.Parameter(\"rate\", 0.5));", "CS1503")] // the wrong type of parameter
    [InlineData("g.Train(sales);", "CS7036")] // a missing argument
    public void Wrong_wiring_does_not_compile(string wiring, string expected) =>
        Assert.Contains(expected, Errors(Wire(wiring)));

    [Theory]
    [InlineData("public Table<Sale> Bad(Table<Sale> sales) => sales;", "RONDO001")]
    [InlineData("private static Table<Sale> Bad(Table<Sale> sales) => sales;", "RONDO002")]
    [InlineData("public static Table<Sale> Bad(System.DateTime day) => null!;", "RONDO003")]
    [InlineData("public static Table<Sale> Bad(IEnumerable<Sale> sales) => null!;", "RONDO003")]
    [InlineData("public static Table<Sale> Bad(Sale[] sales) => null!;", "RONDO003")]
    [InlineData("public static Table<Sale> Bad(object sales) => null!;", "RONDO003")]
    [InlineData("public static Table<T> Bad<T>(T row) => null!;", "RONDO003")]
    [InlineData("public static Table<Sale> Bad(ref int trees) => null!;", "RONDO004")]
    [InlineData("public static Table<Sale> Bad(out int trees) { trees = 1; return null!; }", "RONDO004")]
    [InlineData("public static Table<Sale> Bad(params int[] trees) => null!;", "RONDO004")]
    [InlineData("public static Table<Sale> Bad([Input, Argument] double limit) => null!;", "RONDO003")]
    [InlineData("public static System.Guid Bad(Table<Sale> sales) => default;", "RONDO006")]
    [InlineData("public static IReadOnlyList<Table<Sale>> Bad(Table<Sale> sales) => [sales];", "RONDO006")]
    [InlineData("public static List<Sale> Bad(Table<Sale> sales) => [];", "RONDO006")]
    [InlineData("public static (Table<Sale>, Table<Sale>) Bad(Table<Sale> sales) => (sales, sales);", "RONDO007")]
    [InlineData("public static Table<Sale> Bad(StepContext a, StepContext b) => null!;", "RONDO009")]
    public void A_method_that_cannot_be_a_step_is_told_why(string method, string expected)
    {
        var source = Steps + $"\npublic class More {{ [Step] {method} }}";

        Assert.Equal(
            [expected],
            Errors(source).Where(error => error.StartsWith("RONDO", StringComparison.Ordinal)).Distinct()
        );
    }

    [Fact]
    public void A_step_in_a_private_or_generic_type_is_told_why()
    {
        Assert.Contains(
            "RONDO002",
            Errors(Steps + "\npublic class A { private static class B { [Step] public static Sale S(Sale s) => s; } }")
        );
        Assert.Contains(
            "RONDO008",
            Errors(Steps + "\npublic static class A<T> { [Step] public static Sale S(Sale s) => s; }")
        );
    }

    [Fact]
    public void Overloads_nested_types_generics_and_odd_names_compile()
    {
        const string more = """

            internal static class Outer
            {
                internal static class Inner
                {
                    [Step]
                    internal static Table<T> Same<T>(Table<T> rows, string @class = "a\"b", float rate = 0.1f) where T : class => rows;

                    [Step]
                    internal static (Table<T> Left, Sale? Right) Same<T>(Table<T> rows, Sale? sale, IReadOnlyList<Model> models) where T : class => (rows, sale);

                    [Step(Cache = false, MaxAttempts = 3, TimeoutSeconds = 60)]
                    internal static Sale Options([Argument] Sale constant, IReadOnlyList<string> names, System.DayOfWeek day = System.DayOfWeek.Friday) => constant;
                }
            }

            internal static class Use
            {
                public static void It(Graph g, Ref<Table<Sale>> sales, Ref<Sale?> sale, Ref<Model> model)
                {
                    var (left, right) = g.Same(g.Same(sales, rate: 0.5f), sale, [model, model]);
                    g.Options(new Sale(1), ["a"]);
                    g.Net(left, null!);
                }
            }
            """;

        Assert.Empty(Errors(Steps + more));
    }

    [Fact]
    public void An_edit_elsewhere_does_not_generate_anew()
    {
        var compilation = Compile(Steps);
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new StepGenerator().AsSourceGenerator()],
            driverOptions: new GeneratorDriverOptions(
                IncrementalGeneratorOutputKind.None,
                trackIncrementalGeneratorSteps: true
            )
        );
        driver = driver.RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Elsewhere;")));

        var reasons = driver
            .GetRunResult()
            .Results[0]
            .TrackedOutputSteps.SelectMany(step => step.Value)
            .SelectMany(step => step.Outputs)
            .Select(output => output.Reason);
        Assert.All(reasons, reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    private static string Wire(string wiring) => Steps.Replace("// WIRING", wiring);

    /// <summary>The ids of errors, and of warnings too: projects treat nullability as errors.</summary>
    private static List<string> Errors(string source)
    {
        CSharpGeneratorDriver
            .Create(new StepGenerator())
            .RunGeneratorsAndUpdateCompilation(Compile(source), out var compilation, out var diagnostics);
        return
        [
            .. compilation
                .GetDiagnostics()
                .Concat(diagnostics)
                .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
                .Select(diagnostic => diagnostic.Id),
        ];
    }

    private static CSharpCompilation Compile(string source)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Append(typeof(Graph).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            "shop",
            [CSharpSyntaxTree.ParseText(source)],
            references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
    }
}
