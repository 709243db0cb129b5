using CsCheck;
using Rondo.Pipelines.Export;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

public sealed class KfpPropertyTests
{
    private static readonly KfpTarget s_target = KfpExamples.Target;
    private static readonly Gen<PipelineManifest> s_pipelines = Gen.Select(
        Gen.Int[0, 1_000_000],
        Gen.Int[1, 40],
        RandomPipeline.Make
    );

    [Fact]
    [Trait("Requirement", "R246")]
    public void Every_pipeline_is_written_as_the_format_and_the_compiler_want_it() =>
        s_pipelines.Sample(
            pipeline =>
            {
                Assert.Null(ShapeProblems.Find(pipeline));

                var file = Assert.Single(KfpExport.Export(pipeline, s_target, allowLoss: true).Files);

                Assert.Empty(KfpReferences.Problems(KfpDocument.Parse(file.Content)));
            },
            iter: 300
        );

    [Fact]
    public void Equal_pipelines_make_equal_bytes_and_their_losses_decide_whether_any_are_made() =>
        s_pipelines.Sample(
            pipeline =>
            {
                var one = KfpExport.Export(pipeline, s_target, allowLoss: true);
                var two = KfpExport.Export(pipeline with { Nodes = [.. pipeline.Nodes] }, s_target, allowLoss: true);
                var strict = KfpExport.Export(pipeline, s_target);

                Assert.Equal(one.Files, two.Files);
                Assert.Equal(one.Losses, two.Losses);
                Assert.Equal(one.Losses.Any(loss => loss.Kind == LossKind.Semantic), strict.Refused);
                Assert.Equal(strict.Refused, strict.Files.Count == 0);
                Assert.Equal(
                    pipeline.Nodes.Where(node => node.Kind == NodeKind.Approval).Select(node => node.Id),
                    one.Losses.Where(loss => loss.Construct == "approval").Select(loss => loss.Node)
                );
            },
            iter: 100
        );
}
