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
            SourceCode.Errors(
                Wire("g.Train(g.Net(sales, refunds), g.Parameter(\"trees\", 100)); g.Train(sales, trees: 5);")
            )
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
        Assert.Contains(expected, SourceCode.Errors(Wire(wiring)));

    [Fact]
    public void Right_branches_and_loops_compile() =>
        Assert.Empty(
            SourceCode.Errors(
                Graph(
                    """
                    Ref<Sale> sum = g.Sum(g.ForEach("names", g.Names(sales), name => g.One(name, g.Rate(sales))));
                    Ref<Sale> either = g.When(sum, s => s.Amount > 1, () => g.One("a", g.Rate(sales)), () => sum);
                    Ref<Sale?> perhaps = g.When(g.Parameter("many", true), () => g.One("a", g.Rate(sales)));
                    Ref<double?> rate = g.When(g.Approval<bool>("ask", "Go on?"), () => g.Rate(sales));
                    """
                )
            )
        );

    [Theory]
    [InlineData("g.Net(sales, refunds, g.Rate(sales));", "CS1503")] // a step's scalar for an argument
    [InlineData("g.One(\"a\", 0.5);", "CS1503")] // a constant for an input
    [InlineData("g.ForEach(\"l\", g.Names(sales), name => g.Train(sales, name));", "CS1503")] // an item of another type
    [InlineData("g.ForEach(\"l\", g.Rate(sales), name => g.Rate(sales));", "CS0411")] // a loop over no list
    [InlineData("g.Sum(g.ForEach(\"l\", g.Names(sales), name => g.Rate(sales)));", "CS1503")] // a list of another type
    [InlineData("g.Sum(g.Names(sales));", "CS1503")] // an output that is a list of another type
    [InlineData("g.When(g.One(\"a\", g.Rate(sales)), s => s.Price > 1, () => g.Rate(sales));", "CS1061")] // no such member
    [InlineData("g.When(g.Parameter(\"many\", 1), () => g.Rate(sales));", "CS1503")] // a condition that is no truth value
    [InlineData("Ref<Sale> r = g.When(g.Parameter(\"a\", true), () => g.One(\"a\", g.Rate(sales)));", "CS8619")] // may not exist
    [InlineData("Ref<double> r = g.When(g.Parameter(\"a\", true), () => g.Rate(sales));", "CS0029")] // may not exist
    [InlineData("g.Rate(sales).InPool(\"gpu\");", "CS1503")] // a pool that is a name only
    public void Wrong_branches_and_loops_do_not_compile(string wiring, string expected) =>
        Assert.Contains(expected, SourceCode.Errors(Graph(wiring)));

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
            SourceCode.Errors(source).Where(error => error.StartsWith("RONDO", StringComparison.Ordinal)).Distinct()
        );
    }

    [Fact]
    public void A_step_in_a_private_or_generic_type_is_told_why()
    {
        Assert.Contains(
            "RONDO002",
            SourceCode.Errors(
                Steps + "\npublic class A { private static class B { [Step] public static Sale S(Sale s) => s; } }"
            )
        );
        Assert.Contains(
            "RONDO008",
            SourceCode.Errors(Steps + "\npublic static class A<T> { [Step] public static Sale S(Sale s) => s; }")
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

                    [Step(Cache = false, MaxAttempts = 3, TimeoutSeconds = 60, Cpu = 0.5, MemoryMegabytes = 100, Accelerator = "g\"pu", Pool = "gpu", Seed = 7, Salt = "v2", CacheSeconds = 60, Isolated = true, Processes = 4)]
                    [Retry(typeof(System.IO.IOException), Attempts = 5, EverySeconds = 0.5, BackOff = 2), Retry(Rondo.Sdk.Wire.FailureClasses.Timeout), Environment("A", "b"), Secret("TOKEN", "chat")]
                    internal static Sale Options([Argument] Sale constant, IReadOnlyList<string> names, System.DayOfWeek day = System.DayOfWeek.Friday) => constant;

                    [Step]
                    internal static (bool Good, double? Share, IReadOnlyList<string> Names, string? Why, IReadOnlyList<Sale> Sales, System.DayOfWeek Day, System.DateOnly On) Scalars(
                        [Input] bool a, [Input] double? b, [Input] IReadOnlyList<double> c, [Input] IReadOnlyList<double?> d, IReadOnlyList<Sale> e, [Input] int f = 3,
                        [Input] string g = "x", [Input] double? h = null, double? i = null, IReadOnlyList<int>? j = null, [Argument] IReadOnlyList<Sale>? k = null) =>
                        (a, b, [g], null, e, default, default);

                    [Step] internal static bool Yes() => true;
                    [Step] internal static int Count() => 1;
                    [Step] internal static double One() => 1;
                    [Step] internal static double? Half() => 0.5;
                    [Step] internal static IReadOnlyList<double> Numbers() => [1, 2];

                    [Step]
                    internal static void Nothing(Sale? sale) { }

                    [Step]
                    internal static async Task NothingYet(Sale? sale, System.Threading.CancellationToken token) => await Task.Yield();

                    [Step]
                    internal static IReadOnlyList<IReadOnlyList<int>> Lists([Input] IReadOnlyList<IReadOnlyList<int>> lists, [Argument] Sale[] constants) => lists;
                }
            }

            internal static class Use
            {
                public static void It(Graph g, Ref<Table<Sale>> sales, Ref<Sale?> sale, Ref<Model> model)
                {
                    var (left, right) = g.Same(g.Same(sales, rate: 0.5f), sale, [model, model]);
                    g.Options(new Sale(1), ["a"]);
                    g.Net(left, null!);
                    var numbers = g.Numbers();
                    var all = g.Scalars(g.Yes(), g.Half(), numbers, [g.Half()], [sale!]);
                    g.Scalars(all.Good, all.Share, [g.One(), g.One()], [all.Share, all.Share], all.Sales, f: g.Count(), i: 0.5, j: [1], k: [new Sale(1)]);
                    g.Nothing(sale).After(g.NothingYet(null!), left);
                    g.Lists(g.Lists([], new[] { new Sale(1) }), new[] { new Sale(2) });
                    g.ForEach("days", all.Names, name => g.Options(new Sale(1), [.. new List<string>()], System.DayOfWeek.Friday));
                    g.ForEach("sales", [new Sale(1), new Sale(2)], item => g.Options(item, ["x"]));
                }
            }
            """;

        Assert.Empty(SourceCode.Errors(Steps + more));
    }

    [Fact]
    public void An_edit_elsewhere_does_not_generate_anew()
    {
        var compilation = SourceCode.Compile(Steps);
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

    private static string Graph(string wiring) =>
        Wire(wiring)
        + """

            public static class MoreSteps
            {
                [Step] public static double Rate(Table<Sale> sales) => 1;
                [Step] public static IReadOnlyList<string> Names(Table<Sale> sales) => [];
                [Step] public static Sale One(string name, [Input] double amount) => new(amount);
                [Step] public static Sale Sum(IReadOnlyList<Sale> sales) => sales[0];
            }
            """;

    private static string Wire(string wiring) => Steps.Replace("// WIRING", wiring);
}
