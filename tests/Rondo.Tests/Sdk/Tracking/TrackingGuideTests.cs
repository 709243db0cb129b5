using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Rondo.Sdk;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>The snippets of the page on tracking compile without a warning, and do what they say on a server.</summary>
public sealed partial class TrackingGuideTests
{
    private static readonly IReadOnlyList<(string Info, string Code)> s_blocks = Read();

    private static IReadOnlyList<string> Snippets =>
        [.. s_blocks.Where(block => block.Info == "csharp").Select(b => b.Code)];

    [Fact]
    public void Every_snippet_compiles_without_a_warning() =>
        Assert.Empty(SourceCode.Problems(Source(code => code)).Select(problem => problem.ToString()));

    [Fact]
    public async Task Every_snippet_runs_and_its_run_ends()
    {
        await using var place = await TrackedPlace.StartAsync();
        // The page takes its server from the environment, which tests share.
        var source = Source(code => code.Replace(", settings)", ")").Replace("TrackedRun.Start(", "Guide.Start("))
            .Replace("\"model.txt\"", $"@\"{place.Of("model.txt")}\"");
        using var stream = new MemoryStream();
        var emitted = SourceCode.Generated(source, out _).Emit(stream);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
        stream.Position = 0;
        var guide = new AssemblyLoadContext("tracking-guide").LoadFromStream(stream).GetType("TrackingGuide.Guide")!;
        guide.GetField("Settings")!.SetValue(null, place.Settings);

        for (var number = 0; number < Snippets.Count; number++)
        {
            await guide.GetMethod($"Snippet{number}")!.CreateDelegate<Func<Task>>()();
        }

        Assert.Equal(6, await place.RunsAsync());
        Assert.Empty(place.Kept());
        Assert.Empty(place.Warnings);
    }

    private static string Source(Func<string, string> change)
    {
        var text = new StringBuilder(s_blocks.Single(block => block.Info == "csharp usings").Code)
            .AppendLine("namespace TrackingGuide;")
            .AppendLine("public static class Guide {")
            .AppendLine("public static TrackingSettings Settings = new();")
            .AppendLine("public static TrackedRun Start(string experiment, string? name = null) =>")
            .AppendLine("TrackedRun.Start(experiment, name, Settings);");
        foreach (var (number, snippet) in Snippets.Index())
        {
            text.AppendLine(
                $"public static async Task Snippet{number}() {{ {change(snippet)}\nawait Task.CompletedTask; }}"
            );
        }

        return text.AppendLine("}").ToString();
    }

    private static IReadOnlyList<(string Info, string Code)> Read()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "tracking.md"));
        return [.. Block().Matches(page).Select(match => (match.Groups["info"].Value, match.Groups["code"].Value))];
    }

    [GeneratedRegex(
        "^```(?<info>.*)\n(?<code>(.*\n)*?)```$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Block();
}
