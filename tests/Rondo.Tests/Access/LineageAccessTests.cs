using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Lineage;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;
using Rondo.Tests.Lineage;

namespace Rondo.Tests.Access;

public sealed class LineageAccessTests
{
    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Equal_bytes_do_not_lead_into_a_project_that_one_may_not_read()
    {
        await using var kernel = await TestKernel.StartAsync(LineageModule.Schema);
        var store = new LineageStore(kernel.Database, kernel.Log, kernel.Blobs);
        await TrainAsync(kernel, store, "transit");
        await TrainAsync(kernel, store, "secret-lab");
        var ada = CallerOf("transit");
        var days =
            $"{ArtifactTypes.DatasetVersion}:{LineageRecords.Artifact(ArtifactTypes.DatasetVersion, "days").Digest}";

        foreach (var start in new[] { days, "transit/production/days/1" })
        {
            var query = new LineageQuery(start, LineageDirection.Both, Through: true);
            var seen = await store.GetAsync(query, ada);

            Assert.DoesNotContain(seen.Nodes, node => Tells(node, "secret-lab"));
            Assert.Contains(seen.Nodes, node => node.Id == "transit/production/demand/1");
            Assert.All(seen.Edges, edge => Assert.DoesNotContain("secret-lab", edge.From + edge.To));
        }

        var all = await store.GetAsync(new LineageQuery(days, LineageDirection.Both));
        Assert.Contains(all.Nodes, node => Tells(node, "secret-lab"));
        await RefusedAsync(() => store.GetAsync(new LineageQuery("secret-lab/production/demand/1"), ada));
        await RefusedAsync(() => store.GetAsync(new LineageQuery("run-secret-lab"), ada));
        await RefusedAsync(() => store.ClosureAsync("secret-lab/production/demand/1", ada));
        await RefusedAsync(() => store.GetAsync(new LineageQuery(days), CallerOf("other")));
        Assert.NotEmpty((await store.ClosureAsync("transit/production/demand/1", ada)).Items);

        static async Task RefusedAsync(Func<Task> work) =>
            Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAsync<RondoException>(work)).Code);
    }

    private static Task TrainAsync(TestKernel kernel, LineageStore store, string project) =>
        kernel.Database.WriteAsync(async transaction =>
        {
            var run = "run-" + project;
            var input = LineageRecords.Port("days", "days", ArtifactTypes.DatasetVersion);
            var model = LineageRecords.Port("value", project + " model", ArtifactTypes.Model);
            var at = kernel.Time.GetUtcNow();
            await store.RecordRunAsync(
                transaction,
                new LineageRun(
                    run,
                    project,
                    "production",
                    "train",
                    "c-" + project,
                    TestDigests.Of("p"),
                    "manual",
                    null,
                    "local",
                    null,
                    at
                )
            );
            await LineageStore.RecordAsync(
                transaction,
                new LineageExecution(
                    run + "-train",
                    project,
                    run,
                    "train",
                    1,
                    "train",
                    TestDigests.Of("code"),
                    null,
                    at,
                    at,
                    "succeeded",
                    [input],
                    [model]
                )
            );
            await store.RecordSourceAsync(transaction, project + "/production/days/1", input.Artifact, run);
            await store.RecordDerivedAsync(transaction, project + "/production/demand/1", model.Artifact, run);
        });

    private static bool Tells(LineageNode node, string project) =>
        (node.Id + string.Join(' ', node.Properties.Values.SelectMany(Texts))).Contains(
            project,
            StringComparison.Ordinal
        );

    private static IEnumerable<string> Texts(object? value) =>
        value is IEnumerable<string> many ? many : [value?.ToString() ?? ""];

    private static Caller CallerOf(string project) =>
        new(new Actor("user:ada"), [new Grant("g", "ada", Role.Parse("data-scientist"), Place.Project(project))]);
}
