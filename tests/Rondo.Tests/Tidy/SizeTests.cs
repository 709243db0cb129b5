using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rondo.Tests.Tidy;

/// <summary>The tail is capped: long files, long methods and long parameter lists are where a codebase goes bad.</summary>
public sealed class SizeTests
{
    private const int FileLinesMax = 500;
    private const int MethodLinesMax = 70;
    private const int ParametersMax = 5;

    private static readonly string[] s_folders = ["src", "tests", "bench"];

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.Empty(
            Repository
                .Sources(s_folders)
                .Select(file => (file, Lines: File.ReadLines(file).Count()))
                .Where(found => found.Lines > FileLinesMax)
                .Select(found => $"{Repository.Short(found.file)}: {found.Lines} lines")
        );

    [Fact]
    public void No_method_is_longer_than_70_lines_or_takes_more_than_five_parameters()
    {
        var wrong = new List<string>();
        foreach (var file in Repository.Sources(s_folders))
        {
            var root = CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot();
            foreach (var method in root.DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
            {
                var span = method.GetLocation().GetLineSpan();
                var lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
                var place = $"{Repository.Short(file)}:{span.StartLinePosition.Line + 1}";
                if (lines > MethodLinesMax)
                {
                    wrong.Add($"{place}: {lines} lines");
                }

                // A constructor takes what the class stands on; a method's long list wants a record.
                if (method is MethodDeclarationSyntax && method.ParameterList.Parameters.Count > ParametersMax)
                {
                    wrong.Add($"{place}: {method.ParameterList.Parameters.Count} parameters");
                }
            }
        }

        Assert.Empty(wrong);
    }
}
