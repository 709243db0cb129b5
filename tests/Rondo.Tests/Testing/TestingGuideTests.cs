using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Rondo.Tests.Sdk;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Testing;

/// <summary>The snippets of the page on testing: they compile without a warning, and as tests they pass.</summary>
public sealed partial class TestingGuideTests
{
    private static readonly IReadOnlyList<(string Info, string Code)> s_blocks = Read();
    private static readonly Lazy<Type> s_guide = new(Load);

    public static TheoryData<int> Snippets => [.. Enumerable.Range(0, Tests.Count)];

    private static IReadOnlyList<string> Tests =>
        [.. s_blocks.Where(block => block.Info == "csharp" && !IsTypes(block.Code)).Select(block => block.Code)];

    [Fact]
    public void Every_snippet_compiles_without_a_warning() =>
        // The fake clock was built for an older runtime: 1701 says that this one is taken.
        Assert.Empty(SourceCode.Problems(Source()).Where(problem => problem.Id != "CS1701").Select(p => p.ToString()));

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task Every_snippet_is_a_test_that_passes(int number) =>
        await s_guide.Value.GetMethod($"Test{number}")!.CreateDelegate<Func<Task>>()();

    private static string Source()
    {
        var text = new StringBuilder(
            "using System;\nusing System.Collections.Generic;\nusing System.IO;\nusing System.Linq;\nusing System.Threading.Tasks;\n"
        );
        text.AppendLine(s_blocks.Single(block => block.Info == "csharp usings").Code)
            .AppendLine("namespace TestingGuide;");
        foreach (var (_, types) in s_blocks.Where(block => block.Info == "csharp" && IsTypes(block.Code)))
        {
            text.AppendLine(types);
        }
        text.AppendLine("public static class Guide {");
        foreach (var (number, test) in Tests.Index())
        {
            text.AppendLine($"public static async Task Test{number}() {{ {test}\nawait Task.CompletedTask; }}");
        }
        return text.AppendLine("}").ToString();
    }

    private static Type Load()
    {
        using var stream = new MemoryStream();
        var emitted = SourceCode.Generated(Source(), out _).Emit(stream);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
        stream.Position = 0;
        return new AssemblyLoadContext("testing-guide").LoadFromStream(stream).GetType("TestingGuide.Guide")!;
    }

    private static bool IsTypes(string code) => code.Contains("public static class", StringComparison.Ordinal);

    private static IReadOnlyList<(string Info, string Code)> Read()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "testing.md"));
        return [.. Block().Matches(page).Select(match => (match.Groups["info"].Value, match.Groups["code"].Value))];
    }

    [GeneratedRegex(
        "^```(?<info>.*)\n(?<code>(.*\n)*?)```$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Block();
}
