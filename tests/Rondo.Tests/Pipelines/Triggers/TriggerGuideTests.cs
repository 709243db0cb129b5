using System.Runtime.Loader;
using Rondo.Pipelines;
using Rondo.Sdk;
using Rondo.Tests.Sdk;
using Rondo.Tests.Sdk.Authoring;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Pipelines;

/// <summary>The snippets of the guide to triggers: they compile without a warning, and a server takes what they declare.</summary>
public sealed class TriggerGuideTests
{
    private static readonly GuidePage s_page = GuidePage.Read(
        Path.Combine(Repository.Root, "docs", "guide", "triggers.md")
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
    public void A_server_takes_what_a_snippet_declares(string name)
    {
        var app = MlApp.Create([], "guide");
        s_guide.Value.GetMethod(name)!.CreateDelegate<Action<MlApp>>()(app);
        var manifest = app.ToManifest();

        Assert.NotEmpty(manifest.Pipelines.SelectMany(pipeline => pipeline.Triggers));
        PipelineCatalog.Check(manifest);
    }

    private static Type Load()
    {
        using var stream = new MemoryStream();
        var emitted = SourceCode.Generated(s_page.Source, out _).Emit(stream);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
        stream.Position = 0;
        return new AssemblyLoadContext("trigger guide").LoadFromStream(stream).GetType("GuideProject.Guide")!;
    }
}
