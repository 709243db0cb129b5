using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>The snippets of pages of the guide: they compile without a warning, and their pipelines run.</summary>
public sealed class GuideTests
{
    private static readonly Dictionary<string, GuidePage> s_pages = new[] { "pipelines.md", "sweeps.md" }.ToDictionary(
        page => page,
        page => GuidePage.Read(Path.Combine(Repository.Root, "docs", "guide", page))
    );
    private static readonly Dictionary<string, Lazy<Type>> s_guides = s_pages.ToDictionary(
        page => page.Key,
        page => new Lazy<Type>(() => Load(page.Value))
    );

    public static TheoryData<string> Pages => [.. s_pages.Keys];

    public static TheoryData<string, string> Snippets =>
        [.. s_pages.SelectMany(page => page.Value.Snippets.Select(snippet => (page.Key, snippet.Name)))];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_snippet_compiles_without_a_warning(string page)
    {
        var source = s_pages[page].Source;
        Assert.Empty(SourceCode.Problems(source).Select(problem => problem.ToString()));
        Assert.Empty((await SourceCode.AnalyzedAsync(source)).Select(problem => problem.ToString()));
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task Every_snippet_s_pipelines_run(string page, string name)
    {
        var snippet = s_pages[page].Snippets.Single(known => known.Name == name);
        var app = MlApp.Create([], "guide");
        s_guides[page].Value.GetMethod(name)!.CreateDelegate<Action<MlApp>>()(app);
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
                $"{page}, line {snippet.Line}: {pipeline.Name} has {run.State}\n{LocalReport.Of(run)}\n{log}"
            );
        }
    }

    [Fact]
    [Trait("Requirement", "R9")]
    public async Task The_sweep_of_a_program_runs()
    {
        var tuning = s_guides["sweeps.md"].Value.Assembly.GetType("GuideProject.Tuning")!;
        var report = await (Task<SweepReport>)tuning.GetMethod("RunAsync")!.Invoke(null, null)!;

        Assert.Equal(60, report.Trials.Count);
        Assert.InRange(report.Best!.Value!.Value, 0, 0.5);
    }

    private static Type Load(GuidePage page)
    {
        using var stream = new MemoryStream();
        var emitted = SourceCode.Generated(page.Source, out _).Emit(stream);
        Assert.True(
            emitted.Success,
            string.Join("\n", emitted.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error))
        );
        stream.Position = 0;
        return new AssemblyLoadContext("guide").LoadFromStream(stream).GetType("GuideProject.Guide")!;
    }
}
