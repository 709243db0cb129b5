using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>A proposal as a register step makes it.</summary>
internal static class Proposals
{
    public static byte[] Bytes(ArtifactRef model, bool passed)
    {
        var proposal = new ModelProposal(
            "station-demand",
            model,
            new ModelDescription(
                ModelDescription.MLNetZip,
                "model.zip",
                "test",
                new ModelSignature([new("x", "FP32", [-1])], [new("y", "FP32", [-1])]),
                new ModelExample(
                    new Dictionary<string, JsonElement> { ["x"] = Manifests.Json(1) },
                    new Dictionary<string, JsonElement> { ["y"] = Manifests.Json(2) }
                )
            ),
            new Dictionary<string, double> { ["rmse"] = 1 },
            new Dictionary<string, double> { ["rmse"] = 1.1 },
            [],
            new GateVerdict(passed, []),
            ReferenceProfile.Of(new Table(Column.Of("x", new[] { 1.0, 2.0, 3.0 }))),
            new DateOnly(2001, 1, 1),
            new DateOnly(2004, 12, 31)
        );
        return JsonSerializer.SerializeToUtf8Bytes(proposal, RondoJson.Options);
    }
}
