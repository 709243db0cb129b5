using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Lineage;

/// <summary>Writes lineage as pipelines do, without running anything.</summary>
internal sealed class LineageRecords(TestKernel kernel)
{
    private const int PerTransaction = 1000;

    public LineageStore Store { get; } = new(kernel.Database, kernel.Log, kernel.Blobs);

    public static ArtifactRef Artifact(string type, string name) => new(type, TestDigests.Of(name), name.Length);

    public static PortArtifact Port(string port, string name, string type = ArtifactTypes.Json) =>
        new(port, Artifact(type, name));

    public Task RunAsync(string run, string environment = "production") =>
        kernel.Database.WriteAsync(async t =>
            await Store.RecordRunAsync(
                t,
                new LineageRun(
                    run,
                    "transit",
                    environment,
                    "train",
                    "commit-" + run,
                    TestDigests.Of("package-" + run),
                    "manual",
                    null,
                    "local",
                    null,
                    kernel.Time.GetUtcNow()
                )
            )
        );

    public Task ExecutionAsync(string run, string node, PortArtifact[] inputs, PortArtifact[] outputs) =>
        kernel.Database.WriteAsync(async t => await RecordAsync(t, run, node, inputs, outputs));

    public Task NameModelAsync(string name, string run, params ArtifactRef[] artifacts) =>
        kernel.Database.WriteAsync(async t =>
        {
            foreach (var artifact in artifacts)
            {
                await Store.RecordDerivedAsync(t, name, artifact, run);
            }
        });

    public Task NameDatasetAsync(string name, string run, ArtifactRef artifact) =>
        kernel.Database.WriteAsync(async t => await Store.RecordSourceAsync(t, name, artifact, run));

    /// <summary>A run that loads a dataset, works on so many items of it, and makes one model of all. With equal items, each makes the same bytes.</summary>
    public async Task FanOutAsync(string run, int items, bool equal = false)
    {
        await RunAsync(run);
        var days = Port("days", "days", ArtifactTypes.DatasetVersion);
        await ExecutionAsync(run, "load", [days], [Port("value", run + " rows", ArtifactTypes.Table)]);
        await NameDatasetAsync("transit/production/days/1", run, days.Artifact);
        foreach (var chunk in Enumerable.Range(0, items).Chunk(PerTransaction))
        {
            await kernel.Database.WriteAsync(async t =>
            {
                foreach (var i in chunk)
                {
                    await RecordAsync(
                        t,
                        run,
                        FormattableString.Invariant($"each.{i}.score"),
                        [Port("rows", run + " rows", ArtifactTypes.Table)],
                        [Port("value", Item(i))]
                    );
                }
            });
        }

        await ExecutionAsync(
            run,
            "collect",
            [
                .. Enumerable
                    .Range(0, items)
                    .Select(i => Port("scores." + i.ToString(CultureInfo.InvariantCulture), Item(i))),
            ],
            [Port("value", run + " model", ArtifactTypes.Model)]
        );
        await NameModelAsync("transit/production/demand/1", run, Artifact(ArtifactTypes.Model, run + " model"));

        string Item(int i) => equal ? run + " item" : FormattableString.Invariant($"{run} item {i}");
    }

    private ValueTask RecordAsync(
        Transaction transaction,
        string run,
        string node,
        PortArtifact[] inputs,
        PortArtifact[] outputs
    ) =>
        LineageStore.RecordAsync(
            transaction,
            new LineageExecution(
                $"{run}/{node}",
                "transit",
                run,
                node,
                1,
                "Steps." + node.Split('.')[^1],
                "code of " + node.Split('.')[^1],
                null,
                kernel.Time.GetUtcNow(),
                kernel.Time.GetUtcNow(),
                "succeeded",
                inputs,
                outputs
            )
        );
}
