using Rondo.Pipelines.Export;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Whole documents, beside this test. Whoever changes what is written changes the file in the same commit, so that it is seen.</summary>
public sealed class KfpGoldenTests
{
    private const string Accept = "RONDO_ACCEPT_GOLDENS";

    [Theory]
    [InlineData("linear")]
    [InlineData("branches")]
    [InlineData("conditions")]
    [InlineData("loops")]
    [InlineData("exit")]
    [InlineData("attempts")]
    [Trait("Requirement", "R246")]
    public void A_construct_is_written_as_it_was_accepted(string pipeline)
    {
        var result = KfpExport.Export(KfpExamples.Manifest(pipeline), KfpExamples.Target, allowLoss: true);

        Check(pipeline, result);
    }

    [Fact]
    [Trait("Requirement", "R246")]
    public void The_example_on_real_data_is_written_as_it_was_accepted()
    {
        var manifest = TransitExample.Manifest();
        var target = KfpTarget.Of(manifest, "registry.example.com/demand:1", "Demand.dll", KfpPlatform.Kubernetes);

        Check("transit-demand", KfpExport.Export(Assert.Single(manifest.Pipelines), target, allowLoss: true));
    }

    // The losses stand above the document, as comments do.
    private static void Check(string name, ExportResult result)
    {
        var document = Assert.Single(result.Files).Content;
        var losses = result.Losses.Select(loss => $"# {loss.Kind} {loss.Node ?? "-"} {loss.Construct}: {loss.What}\n");
        var actual = string.Concat(losses) + document;
        var file = Path.Combine(Repository.Root, "tests/Rondo.Tests/Pipelines/Export/Goldens", name + ".yaml");
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Empty(KfpReferences.Problems(KfpDocument.Parse(document)));
        Assert.True(File.Exists(file), $"There is no {file}: accept it with {Accept}=1.");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
