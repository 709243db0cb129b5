using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>The snippets of the guide: they compile without a warning, and their pipelines run.</summary>
public sealed class GuideTests
{
    private static readonly GuidePage s_page = GuidePage.Read(
        Path.Combine(Repository.Root, "docs", "guide", "pipelines.md")
    );
    private static readonly Lazy<Type> s_guide = new(Load);

    public static TheoryData<string> Snippets => [.. s_page.Snippets.Select(snippet => snippet.Name)];

    [Fact]
    public async Task Every_snippet_compiles_without_a_warning()
    {
        Assert.Empty(SourceCode.Problems(s_page.Source).Select(problem => problem.ToString()));
        Assert.Empty((await SourceCode.AnalyzedAsync(s_page.Source)).Select(problem => problem.ToString()));
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task Every_snippet_s_pipelines_run(string name)
    {
        var snippet = s_page.Snippets.Single(known => known.Name == name);
        var app = MlApp.Create([], "guide");
        s_guide.Value.GetMethod(name)!.CreateDelegate<Action<MlApp>>()(app);
        var manifest = app.ToManifest();

        Assert.NotEmpty(manifest.Pipelines);
        Assert.All(manifest.Pipelines, pipeline => Assert.Null(ShapeProblems.Find(pipeline)));
        foreach (var pipeline in manifest.Pipelines.Where(_ => snippet.Ends != Snippet.Nothing))
        {
            using var folder = new TestFolder();
            string[] args =
            [
                pipeline.Name,
                "--folder",
                folder.Of("local"),
                .. snippet.Run.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ];
            var log = new StringWriter();
            var run = await new LocalRunner(
                app,
                LocalOptions.Parse(args),
                TimeProvider.System,
                TextWriter.Synchronized(log)
            ).RunAsync(TestContext.Current.CancellationToken);

            Assert.True(
                run.State.ToString().Equals(snippet.Ends, StringComparison.OrdinalIgnoreCase),
                $"pipelines.md, line {snippet.Line}: {pipeline.Name} has {run.State}\n{LocalReport.Of(run)}\n{log}"
            );
        }
    }

    private static Type Load()
    {
        using var stream = new MemoryStream();
        var emitted = SourceCode.Generated(s_page.Source, out _).Emit(stream);
        Assert.True(
            emitted.Success,
            string.Join("\n", emitted.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error))
        );
        stream.Position = 0;
        return new AssemblyLoadContext("guide").LoadFromStream(stream).GetType("GuideProject.Guide")!;
    }
}
