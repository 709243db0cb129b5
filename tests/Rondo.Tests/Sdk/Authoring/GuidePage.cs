using System.Text;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>A snippet of the guide: its C#, the line it starts at, and how it is run.</summary>
internal sealed record Snippet(string Name, string Code, int Line, string Run, string Ends)
{
    public const string Nothing = "nothing";

    /// <summary>Whether it declares types, which the others use.</summary>
    public bool IsTypes =>
        CSharpSyntaxTree
            .ParseText(Code)
            .GetCompilationUnitRoot()
            .Members.All(member => member is BaseTypeDeclarationSyntax);
}

/// <summary>A page of the guide with its snippets, and the program that they make together.</summary>
internal sealed class GuidePage
{
    private const string Fence = "```";

    private readonly string _file;

    private GuidePage(string file, string usings, IReadOnlyList<Snippet> snippets)
    {
        _file = Path.GetFileName(file);
        Snippets = [.. snippets.Where(snippet => !snippet.IsTypes)];
        Source = Write(usings, [.. snippets.Where(snippet => snippet.IsTypes)], Snippets);
    }

    /// <summary>The snippets that declare pipelines.</summary>
    public IReadOnlyList<Snippet> Snippets { get; }

    /// <summary>A class <c>Guide</c> with a method for each of them.</summary>
    public string Source { get; }

    public static GuidePage Read(string file)
    {
        var usings = "";
        var snippets = new List<Snippet>();
        var (run, ends, code, start, info) = ("", "succeeded", new StringBuilder(), 0, (string?)null);
        foreach (var (index, line) in File.ReadAllLines(file).Index())
        {
            if (info is null && line.StartsWith("<!--", StringComparison.Ordinal))
            {
                var words = line.Trim('<', '>', '!', '-', ' ');
                run = words.StartsWith("run: ", StringComparison.Ordinal) ? words["run: ".Length..] : run;
                ends = words.StartsWith("ends: ", StringComparison.Ordinal) ? words["ends: ".Length..] : ends;
                ends = words == "runs nothing" ? Snippet.Nothing : ends;
            }
            else if (info is null && line.StartsWith(Fence, StringComparison.Ordinal))
            {
                (info, start) = (line[Fence.Length..], index + 2);
            }
            else if (line == Fence)
            {
                if (info == "csharp usings")
                {
                    usings = code.ToString();
                }
                else if (info == "csharp")
                {
                    snippets.Add(new($"Line{start}", code.ToString(), start, run, ends));
                }
                (run, ends, info) = ("", "succeeded", null);
                code.Clear();
            }
            else if (info is not null)
            {
                code.AppendLine(line);
            }
        }
        return new(file, usings, snippets);
    }

    private string Write(string usings, IReadOnlyList<Snippet> types, IReadOnlyList<Snippet> snippets)
    {
        var text = new StringBuilder(
            "using System;\nusing System.Collections.Generic;\nusing System.IO;\nusing System.Linq;\nusing System.Threading.Tasks;\n"
        );
        text.AppendLine(usings).AppendLine("namespace GuideProject;");
        foreach (var snippet in types)
        {
            text.AppendLine(Placed(snippet));
        }
        text.AppendLine("public static class Guide").AppendLine("{");
        foreach (var snippet in snippets)
        {
            text.AppendLine($"public static void {snippet.Name}(MlApp app)").AppendLine("{");
            text.AppendLine(
                snippet.Code.Contains("app.", StringComparison.Ordinal)
                    ? Placed(snippet)
                    : $"app.Pipeline(\"snippet\", g => {{\n{Placed(snippet)}\n}});"
            );
            text.AppendLine("}");
        }
        return text.AppendLine("}").ToString();
    }

    // A mistake is told at its line of the page.
    private string Placed(Snippet snippet) => $"#line {snippet.Line} \"{_file}\"\n{snippet.Code}\n#line default";
}
