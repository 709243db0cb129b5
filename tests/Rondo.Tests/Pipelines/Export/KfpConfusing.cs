using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>Small pipelines whose meaning an export could miss by a little.</summary>
internal static class KfpConfusing
{
    public static PipelineManifest Pipeline(string name) =>
        name switch
        {
            "fail-first" => FailFirst(),
            "passed-over" => Breaking(PassedOver),
            "one-item" => OneItem(),
            "no-list" => List(isMade: false, null),
            "no-list, negated" => List(isMade: false, On(not: true, value: false)),
            "list, negated" => List(isMade: true, On(not: true, value: false)),
            "list, not now" => List(isMade: true, On(not: true, value: true)),
            _ => throw new ArgumentException(name, nameof(name)),
        };

    /// <summary>Whether the parameter <c>on</c>, which is true, is the value, or is not.</summary>
    public static ConditionManifest On(bool not = false, bool value = true) =>
        new([new(null, null, "on", null, "==", Manifests.Json(value))], not);

    public static PipelineManifest With(params NodeManifest[] nodes) =>
        Manifests.Pipeline("p", nodes) with
        {
            Parameters = [new("on", "boolean", Manifests.Json(true))],
        };

    // The branch does not need the fail, which Kubeflow comes to before it.
    private static PipelineManifest FailFirst() =>
        With(
            Manifests.Step("fit"),
            Manifests.Group("end", always: true),
            Manifests.Fail("end.a", "no").In("end"),
            Manifests.Group("end.when", On()).In("end"),
            Manifests.Step("end.when.tell").In("end.when"),
            Manifests.Group("end.when-otherwise", On(not: true)).In("end"),
            Manifests.Step("end.when-otherwise.tell").In("end.when-otherwise"),
            Manifests.Merge("end.value", "end.when.tell", "end.when-otherwise.tell").In("end")
        );

    // What takes from a branch that is passed over can do without, also where the branch would have needed what fails.
    private static PipelineManifest PassedOver(int number) =>
        With(
            Manifests.Step("fit"),
            Manifests.Group("end", always: true),
            Manifests.Step("end.ask").In("end") with
            {
                Arguments = [new("number", Manifests.Json(number), null)],
            },
            Manifests.Group("end.when", On(not: true)).In("end"),
            Manifests.Step("end.when.judge", "end.ask").In("end.when"),
            Tolerant(Manifests.Step("end.tell", "end.when.judge").In("end"))
        );

    // A list of nothing is no list that is missing.
    private static PipelineManifest OneItem() =>
        With(
            Manifests.ForEach("each", [1]),
            Manifests.Group("each.when", On(not: true)).In("each"),
            Manifests.Step("each.when.part").In("each.when"),
            Tolerant(Manifests.Collect("all", "each.when.part")),
            Manifests.Collect("needy", "each.when.part")
        );

    private static PipelineManifest List(bool isMade, ConditionManifest? condition) =>
        With(
            Manifests.Step("list") with
            {
                Condition = On(not: !isMade),
            },
            Manifests.ForEach("each", "list") with
            {
                Condition = condition,
            },
            Manifests.Step("each.part").In("each"),
            Tolerant(Manifests.Collect("all", "each.part")),
            Manifests.Collect("needy", "each.part"),
            Manifests.Step("later") with
            {
                After = ["each"],
            }
        );

    private static NodeManifest Tolerant(NodeManifest step) =>
        step with
        {
            Inputs = [.. step.Inputs.Select(input => input with { AllowNone = true })],
        };

    private static PipelineManifest Breaking(Func<int, PipelineManifest> make) =>
        Enumerable
            .Range(0, 100)
            .Select(make)
            .First(pipeline =>
                new ManifestMeaning(
                    pipeline,
                    new Dictionary<string, JsonElement> { ["on"] = Manifests.Json(true) },
                    served: false
                ).ExitFails
            );
}
