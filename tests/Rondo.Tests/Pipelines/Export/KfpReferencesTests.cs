using System.Text.Json.Nodes;
using Rondo.Pipelines.Export;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>One document for each thing that Kubeflow's compiler refuses: a good one with one thing made wrong.</summary>
public sealed class KfpReferencesTests
{
    public static TheoryData<string, string> Faults =>
        new()
        {
            { "schema", "is not 2.1.0" },
            { "name", "is no name" },
            { "root", "root: is missing" },
            { "reserved", "'root' is reserved" },
            { "component", "component 'comp-nowhere' not found" },
            { "no component", "component '' not found" },
            { "executor", "executor 'exec-nowhere' not found" },
            { "kind of executor", "neither a container nor an importer" },
            { "sibling", "producer task 'depth' is no task beside it" },
            { "dependent", "waits for 'nobody'" },
            { "output", "gives no 'nothing'" },
            { "graph input", "the graph has no input 'nothing'" },
            { "only exit tasks", "has no task but exit tasks" },
            { "exit of nothing", "is an exit task of nothing" },
            { "both iterators", "exclude each other" },
            { "artifact iterator", "is not implemented" },
            { "item", "is no input of the component" },
            { "list", "the list 'nothing' is no input" },
            { "importer condition", "an importer has a condition" },
            { "condition", "asks for 'nothing'" },
            { "circular", "circular component reference" },
            { "cycle", "tasks wait for each other" },
            { "type", "takes a Boolean as a String" },
            { "final status", "only an exit task takes a final status" },
            { "missing input", "has no value" },
            { "selector", "gives no 'nothing'" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Requirement", "R246")]
    public void A_document_that_the_compiler_would_refuse_is_refused_by_name(string fault, string problem)
    {
        var document = Good(
            fault is "importer condition" ? "imported"
            : fault is "both iterators" or "artifact iterator" or "item" or "list" ? "loops"
            : fault is "only exit tasks" or "exit of nothing" ? "exit"
            : "conditions"
        );
        Assert.Empty(KfpReferences.Problems(KfpDocument.Parse([document])));

        Break(document, fault);

        Assert.Contains(
            KfpReferences.Problems(KfpDocument.Parse([document])),
            found => found.Contains(problem, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"pipelineInfo":{"name":"a"},"schemaVersion":"2.1.0","root":{"dag":{}},"surprise":1}""")]
    [InlineData("""{"root":{"dag":{"tasks":{"a":{"retries":3}}}}}""")]
    [InlineData("""{"root":{"inputDefinitions":{"parameters":{"a":{"parameterType":"INTEGER"}}}}}""")]
    [InlineData("""{"deploymentSpec":{"executors":{"a":{"container":{"ports":[80]}}}}}""")]
    public void A_field_or_value_that_the_format_does_not_have_is_refused(string json) =>
        Assert.ThrowsAny<Google.Protobuf.InvalidProtocolBufferException>(() =>
            KfpDocument.Parse([JsonNode.Parse(json)!])
        );

    private static JsonNode Good(string pipeline)
    {
        var manifest =
            pipeline == "imported"
                ? Manifests.Pipeline("imported", Manifests.Dataset("rows", "days"), Manifests.Step("fit", "rows"))
                : KfpExamples.Manifest(pipeline);
        return KfpDocument.ToJson(KfpExport.Export(manifest, KfpExamples.Target, allowLoss: true).Files[0].Content)[0];
    }

    private static void Break(JsonNode document, string fault)
    {
        var components = document["components"]!;
        var tasks = document["root"]!["dag"]!["tasks"]!;
        switch (fault)
        {
            case "schema":
                document["schemaVersion"] = "2.0.0";
                break;
            case "name":
                document["pipelineInfo"]!["name"] = "-Upper";
                break;
            case "root":
                document.AsObject().Remove("root");
                break;
            case "reserved":
                components["root"] = components["comp-weigh"]!.DeepClone();
                break;
            case "executor":
                components["comp-weigh"]!["executorLabel"] = "exec-nowhere";
                break;
            case "kind of executor":
                document["deploymentSpec"]!["executors"]!["exec-weigh"] = new JsonObject();
                break;
            case "circular":
                components["comp-choice-when-calm"]!["dag"]!["tasks"]!["when-calm"]!["componentRef"]!["name"] =
                    "comp-choice-when-calm";
                break;
            case "selector":
                var outputs = components["comp-when-when-calm-value"]!["dag"]!["outputs"]!["artifacts"]!.AsObject();
                outputs.First().Value!["artifactSelectors"]![0]!["outputArtifactKey"] = "nothing";
                break;
            case "type":
                components["comp-when-calm"]!["inputDefinitions"]!["parameters"]!.AsObject().First().Value![
                    "parameterType"
                ] = "STRING";
                break;
            default:
                BreakTask(tasks, fault);
                break;
        }
    }

    private static void BreakTask(JsonNode tasks, string fault)
    {
        switch (fault)
        {
            case "component":
                tasks["weigh"]!["componentRef"]!["name"] = "comp-nowhere";
                break;
            case "no component":
                tasks["weigh"]!.AsObject().Remove("componentRef");
                break;
            case "sibling":
                // The task is there, in another graph.
                var error = tasks["depth"]!;
                tasks.AsObject().Remove("depth");
                tasks["elsewhere"] = error;
                break;
            case "dependent":
                tasks["weigh"]!["dependentTasks"] = new JsonArray("nobody");
                break;
            case "output":
                tasks["calm"]!["inputs"]!["artifacts"]!["survey"]!["taskOutputArtifact"]!["outputArtifactKey"] =
                    "nothing";
                break;
            case "graph input":
                tasks["calm"]!["inputs"]!["artifacts"]!["survey"] = new JsonObject
                {
                    ["componentInputArtifact"] = "nothing",
                };
                break;
            case "only exit tasks":
                tasks.AsObject().Remove("exit-handler");
                break;
            case "exit of nothing":
                tasks["tell"]!.AsObject().Remove("dependentTasks");
                break;
            case "importer condition":
                tasks["rows"]!["triggerPolicy"] = new JsonObject { ["condition"] = "true" };
                break;
            case "condition":
                tasks["weigh"]!["triggerPolicy"] = new JsonObject
                {
                    ["condition"] = "inputs.parameter_values['nothing'] == true",
                };
                break;
            case "cycle":
                tasks["weigh"]!["dependentTasks"] = new JsonArray("calm");
                break;
            case "final status":
                tasks["depth"]!["inputs"]!["parameters"]!["north"] = new JsonObject
                {
                    ["taskFinalStatus"] = new JsonObject { ["producerTask"] = "weigh" },
                };
                break;
            case "both iterators" or "artifact iterator" or "item" or "list":
                BreakLoop(tasks["outer"]!, fault);
                break;
            default:
                tasks["calm"]!["inputs"]!["artifacts"]!.AsObject().Remove("survey");
                break;
        }
    }

    private static void BreakLoop(JsonNode task, string fault)
    {
        switch (fault)
        {
            case "both iterators":
                task["artifactIterator"] = new JsonObject { ["itemInput"] = "a" };
                break;
            case "artifact iterator":
                task.AsObject().Remove("parameterIterator");
                task["artifactIterator"] = new JsonObject { ["itemInput"] = "a" };
                break;
            case "item":
                task["parameterIterator"]!["itemInput"] = "nothing-loop-item";
                break;
            default:
                task["parameterIterator"]!["items"]!["inputParameter"] = "nothing";
                break;
        }
    }
}
