using Google.Protobuf.WellKnownTypes;
using Rondo.Pipelines.Export;
using Rondo.Sdk;
using Rondo.Sdk.Kubeflow;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Exported documents are run: what runs in Kubeflow, and what comes out, is what the manifest says.</summary>
public sealed class KubeflowRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-kfp-").FullName;
    private readonly MlApp _app = KfpExamples.Project();
    private readonly StringWriter _log = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R246")]
    public async Task A_pipeline_takes_its_parameters_and_passes_artifacts_on()
    {
        var run = Run("linear");

        Assert.True(
            await run.RunAsync(("count", Value.ForNumber(2)), ("care", Value.ForString("much"))),
            _log.ToString()
        );

        Assert.Equal(2, run.Json("berths.value").GetArrayLength());
        Assert.Equal(60.5, run.Json("weigh.value").GetProperty("mean").GetDouble());
        Assert.Equal("it's {{$}} $(HOME) run-1", run.Json("plaque.value").GetString());
        Assert.Equal(1, run.Made["weigh.metrics"].Metadata.Fields["count"].NumberValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(21)]
    public async Task A_parameter_outside_of_its_limits_fails_the_first_step_that_takes_it(int count)
    {
        var run = Run("linear");

        Assert.False(await run.RunAsync(("count", Value.ForNumber(count))));

        Assert.Equal("failed", run.Tasks["berths"]);
        Assert.Contains("'count'", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Branches_come_together()
    {
        var run = Run("branches");

        Assert.True(await run.RunAsync(), _log.ToString());

        // (1 + 1 + 1 + 0 and 1 + 2 + 2 + 1; their mean is 4.5, the larger 6)
        Assert.Equal(10.5, run.Json("deepen.value").GetProperty("mean").GetDouble());
    }

    [Fact]
    [Trait("Requirement", "R246")]
    public async Task Where_a_condition_holds_its_branch_runs_and_the_other_does_not()
    {
        var run = Run("conditions");

        Assert.True(await run.RunAsync(), _log.ToString());

        Assert.Equal("succeeded", run.Tasks["choice-when-calm/when-calm"]);
        Assert.Equal("skipped", run.Tasks["choice-when-calm/when-calm-otherwise"]);
        Assert.Equal("skipped", run.Tasks["when-careful"]);
        // The mean of 3 and the depth of 5 are below 60, and the reason is not "it's": the branch weighs anew.
        Assert.Equal("succeeded", run.Tasks["choice-when-when-calm-value/when-when-calm-value"]);
        Assert.Equal("done|yes|8|", run.Json("report-all.value").GetString());
    }

    [Fact]
    public async Task What_a_branch_that_was_passed_over_would_have_made_does_not_exist_for_what_can_do_without_it()
    {
        var run = Run("conditions", pipeline => WithConstant(pipeline, 60.0, 1.0));

        Assert.True(await run.RunAsync(("limit", Value.ForNumber(2))), _log.ToString());

        Assert.Equal("done|yes||", run.Json("report-all.value").GetString());
        Assert.Equal("skipped", run.Tasks["when-limit"]);
    }

    [Fact]
    public async Task What_a_branch_that_was_passed_over_would_have_made_passes_over_what_needs_it()
    {
        var manifest = KfpExamples.Manifest("conditions");
        var needy = manifest with
        {
            Nodes =
            [
                .. WithConstant(manifest, 60.0, 1.0)
                    .Nodes.Select(node =>
                        node.Id == "report-all"
                            ? node with
                            {
                                Step = "QuaySteps.Calm",
                                Arguments = [],
                                Inputs = [node.Inputs[0]],
                            }
                            : node
                    ),
            ],
        };
        var app = MlApp.Create([], "quay");
        app.Pipeline("conditions", g => g.Calm(g.Weigh([g.Depth("a", 1, [1], Care.Little)])).Named("report-all"));
        var run = Run(needy, _app, app);

        Assert.True(await run.RunAsync(), _log.ToString());

        Assert.Equal("rondo/none", run.Made["report-all.value"].Metadata.Fields["rondo_type"].StringValue);
    }

    [Fact]
    public async Task A_fail_fails_the_run_and_says_why()
    {
        var run = Run("conditions");

        Assert.False(await run.RunAsync(("careful", Value.ForBool(true))));

        Assert.Contains("nobody wants it", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R246")]
    public async Task Loops_in_loops_give_lists_in_the_order_of_their_items()
    {
        var run = Run("loops");

        Assert.True(await run.RunAsync(), _log.ToString());

        var means = Enumerable
            .Range(0, 3)
            .Select(item => run.Json($"outer[{item}]/weigh.value").GetProperty("mean").GetDouble());
        // 2 letters, 54 and the number of the berth, a lag of 7.
        Assert.Equal([63, 64, 65], means);
        Assert.Equal(2, run.Made["outer[0]/weigh.metrics"].Metadata.Fields["count"].NumberValue);
        Assert.Equal("b2 run-1", run.Json("names[2]/plaque.value").GetString());
    }

    [Theory]
    [InlineData(false, "succeeded||")]
    [InlineData(true, "failed|a step failed|")]
    [Trait("Requirement", "R246")]
    public async Task An_exit_handler_runs_however_the_rest_ended_and_is_told(bool fails, string told)
    {
        var run = Run("exit", breaks: fails ? "weigh" : null);

        Assert.Equal(!fails, await run.RunAsync());

        Assert.Equal(told + "|", run.Json("tell/report.value").GetString());
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_made_is_refused_with_both_digests()
    {
        var run = Run("branches", spoils: "one");

        Assert.False(await run.RunAsync());

        Assert.Contains("has changed since it was made", _log.ToString(), StringComparison.Ordinal);
    }

    private KubeflowRun Run(
        string pipeline,
        Func<PipelineManifest, PipelineManifest>? change = null,
        string? breaks = null,
        string? spoils = null
    )
    {
        var manifest = (change ?? (same => same))(KfpExamples.Manifest(pipeline));
        var document = KfpDocument.Parse(
            KfpExport.Export(manifest, KfpExamples.Target, allowLoss: true).Files[0].Content
        );
        Assert.Empty(KfpReferences.Problems(document));
        return new KubeflowRun(document, _folder, (_, words) => ContainerAsync(words, _app, breaks, spoils));
    }

    private KubeflowRun Run(PipelineManifest manifest, MlApp app, MlApp other)
    {
        var document = KfpDocument.Parse(
            KfpExport.Export(manifest, KfpExamples.Target, allowLoss: true).Files[0].Content
        );
        return new KubeflowRun(
            document,
            _folder,
            (_, words) =>
                ContainerAsync(words, words.Any(word => word.Contains("\"report-all\"")) ? other : app, null, null)
        );
    }

    // The program itself without a process: what the container's words say after the program's name.
    private async Task<int> ContainerAsync(IReadOnlyList<string> words, MlApp app, string? breaks, string? spoils)
    {
        Assert.Equal(["dotnet", "/app/Quay.dll", "kfp-step"], words.Take(3));
        if (breaks is not null && words.Any(word => word.Contains($"\"node\":\"{breaks}\"", StringComparison.Ordinal)))
        {
            return 1;
        }

        try
        {
            var result = await new KfpStep(app, TimeProvider.System, _log).RunAsync([.. words.Skip(3)]);
            await _log.WriteLineAsync(result.Message);
            if (
                spoils is not null
                && words.Any(word => word.Contains($"\"node\":\"{spoils}\"", StringComparison.Ordinal))
            )
            {
                Spoil();
            }

            return result.Outcome == StepOutcome.Succeeded ? 0 : 1;
        }
        catch (RondoException e)
        {
            await _log.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
    }

    private void Spoil()
    {
        foreach (var file in Directory.EnumerateFiles(_folder, "value", SearchOption.AllDirectories))
        {
            File.AppendAllText(file, " ");
        }
    }

    private static PipelineManifest WithConstant(PipelineManifest pipeline, double from, double to) =>
        System.Text.Json.JsonSerializer.Deserialize<PipelineManifest>(
            System
                .Text.Json.JsonSerializer.Serialize(pipeline, Rondo.Data.RondoJson.Options)
                .Replace(
                    $"\"operator\":\"<\",\"value\":{from}",
                    $"\"operator\":\"<\",\"value\":{to}",
                    StringComparison.Ordinal
                ),
            Rondo.Data.RondoJson.Options
        )!;
}
