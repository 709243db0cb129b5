using Rondo.Pipelines.Export;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

public sealed class KfpExportTests
{
    private static readonly KfpTarget s_target = KfpExamples.Target;

    [Fact]
    [Trait("Requirement", "R246")]
    public void An_export_without_a_semantic_loss_is_written()
    {
        var result = KfpExport.Export(KfpExamples.Manifest("conditions"), s_target);

        Assert.False(result.Refused);
        Assert.Equal("conditions.yaml", Assert.Single(result.Files).Name);
        Assert.DoesNotContain(result.Losses, loss => loss.Kind == LossKind.Semantic);
    }

    [Theory]
    [InlineData("approval")]
    [InlineData("partitions")]
    [InlineData("failure-policy")]
    [InlineData("registration")]
    [InlineData("retry-classes")]
    [InlineData("retry-time")]
    [InlineData("environment")]
    [InlineData("secrets")]
    [InlineData("exit-inputs")]
    [InlineData("run-fact")]
    [InlineData("exit-failures")]
    public void A_semantic_loss_refuses_the_export_unless_it_is_allowed(string construct)
    {
        var (pipeline, node) = KfpLossy.Pipeline(construct);
        var target = s_target with { Platform = construct == "secrets" ? KfpPlatform.Vertex : KfpPlatform.Kubernetes };

        var refused = KfpExport.Export(pipeline, target);
        var allowed = KfpExport.Export(pipeline, target, allowLoss: true);

        Assert.True(refused.Refused);
        Assert.Empty(refused.Files);
        var loss = Assert.Single(refused.Losses, loss => loss.Kind == LossKind.Semantic);
        Assert.Equal((construct, node), (loss.Construct, loss.Node));
        Assert.False(allowed.Refused);
        Assert.Equal(refused.Losses, allowed.Losses);
        if (construct != "environment")
        {
            Assert.Empty(KfpReferences.Problems(KfpDocument.Parse(Assert.Single(allowed.Files).Content)));
        }
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("pool")]
    [InlineData("processes")]
    [InlineData("secrets")]
    [InlineData("retry-interval")]
    [InlineData("triggers")]
    [InlineData("run-limits")]
    [InlineData("priority")]
    [InlineData("parameter-limits")]
    [InlineData("dataset")]
    [InlineData("serving-model")]
    public void A_cosmetic_loss_is_told_and_does_not_refuse(string construct)
    {
        var (pipeline, node) = KfpLossy.Cosmetic(construct);

        var result = KfpExport.Export(pipeline, s_target);

        Assert.False(result.Refused);
        Assert.Contains(
            result.Losses,
            loss => loss.Kind == LossKind.Cosmetic && loss.Construct == construct && loss.Node == node
        );
    }

    [Fact]
    public void Kubeflow_reuses_outputs_only_where_its_key_knows_all_that_ours_does()
    {
        var step = Manifests.Step("fit");
        NodeManifest[] steps =
        [
            step,
            step with
            {
                Id = "never",
                Cache = false,
            },
            step with
            {
                Id = "expires",
                CacheExpiryMs = 1000,
            },
            step with
            {
                Id = "variable",
                Environment = new Dictionary<string, string> { ["A"] = "1" },
            },
        ];
        var pipeline = Manifests.Pipeline("cached", steps);

        var pinned = Tasks(pipeline, s_target);
        var tagged = Tasks(pipeline, s_target with { Image = "quay:latest" });

        Assert.Equal(["fit"], pinned.Where(task => task.Value.CachingOptions.EnableCache).Select(task => task.Key));
        Assert.DoesNotContain(tagged, task => task.Value.CachingOptions.EnableCache);
    }

    [Fact]
    public void Names_are_made_to_fit_and_stay_apart()
    {
        var longName = new string('x', 300);
        NodeManifest[] steps =
        [
            Manifests.Step("Train_A"),
            Manifests.Step("train-a"),
            Manifests.Step("train.a" is var dotted ? dotted.Replace('.', '_') : ""),
            Manifests.Step("9lives"),
            Manifests.Step(longName + "1"),
            Manifests.Step(longName + "2"),
        ];

        var document = Document(Manifests.Pipeline("Über Name!", steps), s_target);

        Assert.Empty(KfpReferences.Problems(document));
        Assert.Equal(6, document.Pipeline.Root.Dag.Tasks.Count);
        Assert.Equal("ber-name", document.Pipeline.PipelineInfo.Name);
    }

    [Fact]
    public void What_looks_like_a_placeholder_reaches_the_container_as_it_is()
    {
        var document = Document(KfpExamples.Manifest("linear"), s_target);
        var container = document.Deployment.Executors["exec-plaque"].Container;

        Assert.Single(container.Args, word => word.Contains("{{", StringComparison.Ordinal));
        Assert.DoesNotContain("$(", string.Concat(container.Args), StringComparison.Ordinal);
        Assert.Contains(
            "it's {{$}} $(HOME)",
            Plan(container.Args)
                .Arguments!["berth"]
                .Value!.Value.GetRawText()
                .Replace("\\u007b", "{")
                .Replace("\\u0024", "$")
        );
    }

    [Fact]
    public void Secrets_go_into_a_second_document_and_only_by_their_names()
    {
        var document = Document(KfpExamples.Manifest("attempts"), s_target);

        var secret = Assert.Single(Assert.Single(document.Kubernetes).Value.SecretAsEnv);
        var key = Assert.Single(secret.KeyToEnv);
        Assert.Equal(("chat-token", "value", "TOKEN"), (secret.SecretName, key.SecretKey, key.EnvVar));
    }

    [Fact]
    public void Amounts_times_and_attempts_are_written_as_kubernetes_reads_them()
    {
        var document = Document(KfpExamples.Manifest("attempts"), s_target);
        var container = document.Deployment.Executors["exec-depth"].Container;
        var retry = document.Pipeline.Root.Dag.Tasks["depth"].RetryPolicy;

        Assert.Equal(("1.5", "2Gi"), (container.Resources.ResourceCpuLimit, container.Resources.ResourceMemoryLimit));
        Assert.Equal("nvidia.com/gpu", container.Resources.Accelerator.ResourceType);
        Assert.Equal("1", container.Resources.Accelerator.ResourceCount);
        Assert.Equal("fast $$(HOME)", Assert.Single(container.Env).Value);
        Assert.Equal((3, 10, 2.0), (retry.MaxRetryCount, retry.BackoffDuration.Seconds, retry.BackoffFactor));
        Assert.Equal(300_000, Plan(container.Args).TimeoutMs);
    }

    [Fact]
    public void A_graph_that_does_not_hold_together_is_refused_with_its_place()
    {
        var pipeline = Manifests.Pipeline("broken", Manifests.Step("fit", "nowhere"));

        var error = Assert.Throws<RondoException>(() => KfpExport.Export(pipeline, s_target));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("takes nowhere.value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_without_a_step_has_nothing_to_export() =>
        Assert.Equal(
            ErrorCode.FailedPrecondition,
            Assert.Throws<RondoException>(() => KfpExport.Export(Manifests.Pipeline("empty"), s_target)).Code
        );

    private static IEnumerable<KeyValuePair<string, Kubeflow.PipelineTaskSpec>> Tasks(
        PipelineManifest pipeline,
        KfpTarget target
    ) => Document(pipeline, target).Pipeline.Root.Dag.Tasks;

    private static KfpDocument Document(PipelineManifest pipeline, KfpTarget target) =>
        KfpDocument.Parse(Assert.Single(KfpExport.Export(pipeline, target, allowLoss: true).Files).Content);

    private static KfpPlan Plan(IEnumerable<string> args) =>
        System.Text.Json.JsonSerializer.Deserialize<KfpPlan>(
            args.SkipWhile(word => word != "--plan").ElementAt(1),
            Rondo.Data.RondoJson.Options
        )!;
}
