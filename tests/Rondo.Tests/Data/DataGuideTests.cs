using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rondo.Data;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Data;

/// <summary>What writes to the console of the process, or reads what is written there, runs when nothing else does.</summary>
[CollectionDefinition(nameof(ConsoleOfTheProcess), DisableParallelization = true)]
public sealed class ConsoleOfTheProcess;

/// <summary>What the guide to data says is so: its program runs on <c>Rondo.Data</c> alone, its schema can be read, its table is whole.</summary>
[Collection(nameof(ConsoleOfTheProcess))]
public sealed class DataGuideTests : IDisposable
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "data.md"));

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-guide-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R23")]
    public void The_program_profiles_validates_and_compares_two_files()
    {
        var before = Place("before.csv");
        var now = Place("now.csv");
        File.WriteAllLines(before, ["x,kind", .. Rows(300, i => i % 10)]);
        File.WriteAllLines(now, ["x,kind,new", .. Rows(300, i => (i % 10) - 4).Select(row => row + ",1")]);

        var lines = Run(Block("csharp program"), [before, now, Place("rows.schema.json")]);

        Assert.Equal("300 rows; x is 4.50 on average", lines[0]);
        Assert.Contains(
            lines,
            line => line.StartsWith("stops: extra column 'new' in now.csv.", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line => line.StartsWith("told: column 'x' in now.csv is outside 0 or more", StringComparison.Ordinal)
        );
        Assert.Contains(lines, line => line.StartsWith("x has moved: effect 0.4", StringComparison.Ordinal));
        Assert.Contains("<svg", File.ReadAllText(before + ".html"), StringComparison.Ordinal);
        Assert.True(Block("csharp program").Split('\n').Count(line => line.Trim() is not "" and not ['/', ..]) <= 20);
    }

    [Fact]
    public void The_schema_of_the_page_can_be_read_and_every_word_of_a_column_is_explained()
    {
        File.WriteAllText(Place("trips.schema.json"), Block("json"));

        Assert.Equal(6, SchemaFile.Read(Place("trips.schema.json")).Columns.Count);
        foreach (var word in typeof(ColumnDocument).GetProperties().Select(member => member.Name))
        {
            Assert.Contains($"`{JsonNamingPolicy.CamelCase.ConvertName(word)}`", s_page, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public void The_snippet_of_drift_learns_limits_and_names_what_moved_and_what_drove_it()
    {
        var start = new DateOnly(2024, 1, 1);
        string Row(int row, int shift) =>
            FormattableString.Invariant(
                $"{start.AddDays(row / 20):yyyy-MM-dd},{(row * 37 % 100) + (row / 20 % 7 * 50) + shift}"
            );
        File.WriteAllLines(Place("before.csv"), ["at,x", .. Enumerable.Range(0, 560).Select(row => Row(row, 0))]);
        File.WriteAllLines(Place("now.csv"), ["at,x", .. Enumerable.Range(560, 20).Select(row => Row(row, 900))]);

        var lines = Run(Block("csharp drift"), [Place("before.csv"), Place("now.csv"), Place("profile.json")]);

        Assert.Equal(
            "Limits from 28 windows of 1 day of the reference, for a false alarm in 5 % of windows.",
            lines[0]
        );
        Assert.StartsWith("x: values above ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("to 100.0 %", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("{\n  \"thresholds\": {", File.ReadAllText(Place("profile.json")).ReplaceLineEndings("\n"));
        Assert.All(
            Enum.GetNames<DriftMeasure>(),
            measure => Assert.Contains($"| `{measure}` |", s_page, StringComparison.Ordinal)
        );
    }

    [Fact]
    [Trait("Requirement", "R40")]
    public void The_snippet_of_splits_and_transforms_runs_and_every_step_is_in_the_table()
    {
        string[] skies = ["clear", "rain"];
        var rows = Enumerable.Range(0, 20).Select(i => $"2024-01-{1 + (i / 2):00},p{i % 5},{i},{skies[i % 2]}");
        File.WriteAllLines(Place("days.csv"), ["at,who,temp,sky", .. rows]);

        var lines = Run(Block("csharp preparation"), [Place("days.csv"), Place("preparation.json")]);

        Assert.Equal(
            [
                "4 rows of 'test' have a 'who' that is in 'train' too, the first is row 17.",
                "16 rows to learn from, 4 to test on",
            ],
            lines
        );
        Assert.True(Block("csharp preparation").Split('\n').Count(line => line.Trim() is not "") <= 12);
        var steps = typeof(PreparationRecipe)
            .GetMethods()
            .Where(m => !m.IsStatic && m.ReturnType == typeof(PreparationRecipe));
        Assert.All(steps, step => Assert.Contains($"`{step.Name}`", s_page, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Rows(int count, Func<int, int> x) =>
        Enumerable.Range(0, count).Select(i => $"{x(i)},{(i % 3 == 0 ? "a" : "b")}");

    // As a program of its own would be built: against the framework and Rondo.Data, and nothing else of Rondo.
    private static string[] Run(string program, string[] args)
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var references = Directory
            .EnumerateFiles(framework, "System*.dll")
            .Append(typeof(Table).Assembly.Location)
            .Where(file => !file.Contains(".Native.", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        const string usings = "global using System; global using System.IO; global using System.Linq;";
        var compilation = CSharpCompilation.Create(
            "guide-data",
            [CSharpSyntaxTree.ParseText(usings), CSharpSyntaxTree.ParseText(program)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication)
        );
        using var bytes = new MemoryStream();
        Assert.Empty(compilation.Emit(bytes).Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning));
        var main = System.Reflection.Assembly.Load(bytes.ToArray()).EntryPoint!;
        var (console, text) = (Console.Out, new StringWriter());
        Console.SetOut(text);
        try
        {
            main.Invoke(null, [args]);
        }
        finally
        {
            Console.SetOut(console);
        }

        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Block(string kind)
    {
        var start = s_page.IndexOf("```" + kind + "\n", StringComparison.Ordinal) + kind.Length + 4;
        return s_page[start..s_page.IndexOf("\n```", start, StringComparison.Ordinal)];
    }

    private string Place(string name) => Path.Combine(_folder, name);
}
