using Rondo.Evaluation;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Events;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Registry.Versions;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Registry;

public sealed class ModelRegistryTests
{
    [Fact]
    public async Task Versions_are_numbered_within_their_environment_and_model()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var naive = new Dictionary<string, double> { ["rmse"] = 3 };
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0)) with
        {
            Rivals = [new("naive", naive, [new("Weekday", "Sun", 2, naive)])],
        };

        var versions = new List<long>();
        foreach (
            var origin in new[] { TestModels.Origin("r1"), TestModels.Origin("r2"), TestModels.Origin("r3", "test") }
        )
        {
            versions.Add(
                (await kernel.Database.WriteAsync(t => registry.RegisterAsync(t, origin, proposal).AsTask())).Version
            );
        }

        Assert.Equal([1, 2, 1], versions);
        var found = await registry.FindAsync("transit", "production", "demand", 2);
        Assert.Equal("transit/production/demand/2", found?.Id);
        Assert.Equal(1000, found?.Proposal.Baseline.Rows);
        Assert.Equal("r2", found?.Origin.RunId);
        Assert.Equal("1.2.0", found?.Proposal.Runtime?.Packages["Lines"]);
        Assert.Equal(3, found?.Proposal.Rivals?[0].Slices[0].Metrics["rmse"]);
        Assert.Null(await registry.FindAsync("transit", "production", "demand", 3));
    }

    [Fact]
    public async Task A_run_that_publishes_twice_registers_once()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0));

        for (var i = 0; i < 3; i++)
        {
            await kernel.Database.WriteAsync(t =>
                registry.RegisterAsync(t, TestModels.Origin("r1"), proposal).AsTask()
            );
        }

        Assert.Single(await TestModels.ListAsync(kernel.Database));
        Assert.Single(await kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "model.registered")));
    }

    [Fact]
    public async Task A_rejected_proposal_is_kept_with_its_verdict_and_never_becomes_a_version()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0)) with
        {
            Verdict = new GateVerdict(false, [new GateCheck("rmse", false, 3, 2, "too high")]),
        };

        await kernel.Database.WriteAsync(async t => await registry.RejectAsync(t, TestModels.Origin("r1"), proposal));
        await kernel.Database.WriteAsync(async t => await registry.RejectAsync(t, TestModels.Origin("r1"), proposal));
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            kernel.Database.WriteAsync(t => registry.RegisterAsync(t, TestModels.Origin("r1"), proposal).AsTask())
        );

        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Equal("too high", Assert.Single(await registry.RejectionsOfRunAsync("r1")).Verdict.Checks[0].Reason);
        Assert.Empty(await TestModels.ListAsync(kernel.Database));
        Assert.Single(await kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "model.rejected")));
    }

    [Fact]
    [Trait("Requirement", "R136")]
    public async Task An_alias_moves_only_to_a_version_that_exists_and_says_where_from()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0));
        foreach (var run in new[] { "r1", "r2" })
        {
            await kernel.Database.WriteAsync(t => registry.RegisterAsync(t, TestModels.Origin(run), proposal).AsTask());
        }

        await MoveAsync(1);
        await MoveAsync(2);
        await MoveAsync(2);
        var missing = await Assert.ThrowsAsync<RondoException>(() => MoveAsync(3));

        Assert.Equal(ErrorCode.NotFound, missing.Code);
        var serving = await registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving);
        Assert.Equal(2, serving?.Version);
        var moves = await kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "model.alias.moved"));
        Assert.Equal([null, 1], moves.Select(e => e.DataAs<ModelAliasMovedEvent>().From));
        Assert.Equal(["serving"], (await TestModels.ListAsync(kernel.Database))[0].Aliases);
        var models = await new ModelLists(kernel.Database).ModelsAsync("transit", PageAsked.Of(null, null));
        Assert.Equal(2, Assert.Single(models.Items).Aliases["serving"]);

        Task MoveAsync(long version) =>
            kernel.Database.WriteAsync(async t =>
                await registry.MoveAliasAsync(
                    t,
                    new AliasMove(TestModels.Key, ModelAliases.Serving, version, Actor.Local)
                )
            );
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task The_default_is_not_given_to_a_version_that_was_rejected()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var governance = new ModelGovernance(kernel.Database, kernel.Log, kernel.Time);
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0));
        foreach (var run in new[] { "r1", "r2" })
        {
            await kernel.Database.WriteAsync(t => registry.RegisterAsync(t, TestModels.Origin(run), proposal).AsTask());
        }

        await MoveAsync(ModelAliases.Default, 2);
        await DecideAsync(2, VersionState.Rejected);
        var ended = await registry.DefaultAsync(TestModels.Key);
        var refused = await Assert.ThrowsAsync<RondoException>(() => MoveAsync(ModelAliases.Default, 2));
        await MoveAsync("studied", 2);
        await DecideAsync(2, VersionState.Pending);
        await MoveAsync(ModelAliases.Default, 2);

        Assert.Equal(1, ended);
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("was rejected", refused.Message, StringComparison.Ordinal);
        Assert.Contains("rondo models reopen demand 2 --project transit", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, await registry.DefaultAsync(TestModels.Key));

        Task MoveAsync(string alias, long version) =>
            kernel.Database.WriteAsync(async t =>
                await registry.MoveAliasAsync(t, new AliasMove(TestModels.Key, alias, version, Actor.Local))
            );

        Task<string> DecideAsync(long version, string state) =>
            governance.DecideAsync(
                new VersionMove(TestModels.Key, version, state, Actor.Local, "looked at it"),
                Caller.Local
            );
    }

    [Fact]
    public async Task A_version_that_never_was_has_no_history_and_one_without_a_move_has_an_empty_one()
    {
        await using var kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        var registry = TestModels.Registry(kernel);
        var governance = new ModelGovernance(kernel.Database, kernel.Log, kernel.Time);
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(1, 0));
        await kernel.Database.WriteAsync(t => registry.RegisterAsync(t, TestModels.Origin("r1"), proposal).AsTask());

        var missing = await Assert.ThrowsAsync<RondoException>(() => governance.HistoryAsync(TestModels.Key, 2));
        var begun = await governance.HistoryAsync(TestModels.Key, 1);
        await kernel.Database.WriteAsync(async t => await t.ExecuteAsync("delete from registry_transition"));
        var ofBefore = await governance.HistoryAsync(TestModels.Key, 1);

        Assert.Equal(ErrorCode.NotFound, missing.Code);
        Assert.Contains("no version 2", missing.Message, StringComparison.Ordinal);
        Assert.Single(begun);
        Assert.Empty(ofBefore);
    }
}
