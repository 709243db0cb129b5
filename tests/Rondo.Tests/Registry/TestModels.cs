using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Registry.Versions;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Registry;

/// <summary>Small true models for tests: y = a·x + b, in a format that <see cref="Serving.LineRuntime"/> loads.</summary>
public static class TestModels
{
    public const string Format = "line";

    public static ModelKey Key { get; } = new("transit", "production", "demand");

    public static ModelSignature Signature { get; } =
        new(
            [new TensorSignature("x", "FP32", [-1]), new TensorSignature("kind", "BYTES", [-1])],
            [new TensorSignature("y", "FP32", [-1])]
        );

    public static ModelOrigin Origin(string run, string environment = "production") =>
        new("transit", environment, run, "train", "c0ffee", "package", "v1", new string('0', 64), Actor.Local, null);

    /// <summary>A registry on a kernel that has its tables.</summary>
    public static ModelRegistry Registry(TestKernel kernel) =>
        new(kernel.Database, new ModelGovernance(kernel.Database, kernel.Log, kernel.Time), kernel.Log, kernel.Time);

    /// <summary>The versions of the model, newest first.</summary>
    public static async Task<IReadOnlyList<ModelVersionSummary>> ListAsync(Database database) =>
        (
            await new ModelLists(database).VersionsAsync(
                Key.Project,
                environment: null,
                Key.Model,
                PageAsked.Of(PageLimit.Max, after: null)
            )
        ).Items;

    /// <summary>Stores the bundle and returns what a pipeline would propose.</summary>
    public static async Task<ModelProposal> ProposeAsync(
        IBlobStore blobs,
        LineModel line,
        ModelSignature? signature = null
    )
    {
        var bundle = await blobs.PutAsync(new MemoryStream(Bundle(line)));
        var example = new ModelExample(
            (signature ?? Signature).Inputs.ToDictionary(
                input => input.Name,
                input => input.DataType == "BYTES" ? Element("Ordinary") : Element(2)
            ),
            new Dictionary<string, JsonElement> { ["y"] = Element((line.Slope * 2) + line.Offset) }
        );
        return new ModelProposal(
            Key.Model,
            new ArtifactRef(ArtifactTypes.Model, bundle.Digest, bundle.Size),
            new ModelDescription(Format, "line.json", "line", signature ?? Signature, example),
            new Dictionary<string, double> { ["rmse"] = 1 },
            new Dictionary<string, double> { ["rmse"] = 1.1 },
            [new SliceMetrics("all", "all", 3, new Dictionary<string, double> { ["rmse"] = 1.1 })],
            new GateVerdict(true, [new GateCheck("rmse", true, 1.1, 2, "fine")]),
            Baseline(line),
            new DateOnly(2001, 1, 1),
            new DateOnly(2004, 12, 31)
        )
        {
            Runtime = new ModelRuntime(
                ".NET 10.0.1",
                "linux-x64",
                new Dictionary<string, string> { ["Lines"] = "1.2.0" }
            ),
        };
    }

    /// <summary>x evenly over 0..10, and what the line makes of it.</summary>
    public static ReferenceProfile Baseline(LineModel line)
    {
        var x = Enumerable.Range(0, 1000).Select(i => i / 100.0).ToArray();
        return ReferenceProfile.Of(
            new Table(
                Column.Of("x", x),
                Column.Of("kind", x.Select((_, i) => (string?)(i % 2 == 0 ? "Ordinary" : "Holiday"))),
                Column.Of("y", x.Select(value => (line.Slope * value) + line.Offset))
            )
        );
    }

    public static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value);

    public static byte[] Bundle(LineModel line)
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = zip.CreateEntry("line.json");
            entry.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var file = entry.Open();
            JsonSerializer.Serialize(file, line);
        }

        return memory.ToArray();
    }
}

/// <summary>y = Slope·x + Offset. FailAbove makes it throw on larger x; Recorded answers may differ from what it gives.</summary>
public sealed record LineModel(double Slope, double Offset, double FailAbove = 1e9, bool Drifts = false);
