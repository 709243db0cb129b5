using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>What people decide about versions, and what endpoints make of it.</summary>
public sealed class ModelDecisionTests
{
    [Fact]
    [Trait("Requirement", "R135")]
    [Trait("Requirement", "R140")]
    public async Task Rejecting_what_serves_goes_back_at_once_to_the_newest_other_approved_version()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        foreach (var slope in new[] { 2, 3, 4 })
        {
            await serving.RegisterAsync(new LineModel(slope, 0));
        }

        await serving.SettleAsync();
        await PinAsync(serving, 3);
        Assert.Equal(("3", 12.0), await serving.AnswerAsync(3));
        await DecideAsync(serving, 2, VersionState.Rejected, "trained on a week that was wrong");

        await DecideAsync(serving, 3, VersionState.Rejected, "unfair to line 7");
        await serving.SettleAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(("1", 6.0), await serving.AnswerAsync(3));
        }

        var alias = await serving.Registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving);
        Assert.Equal(1, alias?.Version);
        Assert.Equal("production", await StateAsync(serving, 1));
        Assert.Equal("rejected", await StateAsync(serving, 3));
        var history = await serving.Client.GetFromJsonAsync<JsonElement>(
            "/api/v1/projects/transit/models/demand/versions/3/history"
        );
        Assert.Equal(
            ["approved", "production", "rejected"],
            history.EnumerateArray().Select(move => move.GetProperty("to").GetString())
        );
        Assert.Equal("unfair to line 7", history[2].GetProperty("reason").GetString());
        Assert.Equal("local", history[2].GetProperty("by").GetString());
    }

    [Fact]
    [Trait("Requirement", "R135")]
    public async Task Where_nothing_else_is_approved_the_endpoint_goes_on_and_it_is_told()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();

        await DecideAsync(serving, 1, VersionState.Rejected, "unfair");
        await serving.SettleAsync();

        Assert.Equal(("1", 6.0), await serving.AnswerAsync(3));
        var told = Assert.Single(await serving.EventsAsync(FallbackMissingEvent.Type)).DataAs<FallbackMissingEvent>();
        Assert.Contains("no other approved version", told.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Requirement", "R135")]
    [InlineData("approved")]
    [InlineData("reopened")]
    [InlineData("put away before")]
    [InlineData("registered")]
    public async Task What_was_rejected_and_answers_for_want_of_another_is_replaced_by_the_first_that_comes(string how)
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        var other = new LineModel(3, 0);
        await serving.RegisterAsync(other, needsApproval: how is "approved" or "reopened");
        if (how is "put away before" or "reopened")
        {
            await DecideAsync(serving, 1, how == "reopened" ? VersionState.Rejected : VersionState.Archived, "not now");
        }

        var serves = how == "registered" ? 1 : 2;
        if (serves == 2)
        {
            await serving.RegisterAsync(new LineModel(2, 0));
        }

        await serving.SettleAsync();
        await DecideAsync(serving, serves, VersionState.Rejected, "unfair");
        await serving.SettleAsync();
        Assert.Single(await serving.EventsAsync(FallbackMissingEvent.Type));

        switch (how)
        {
            case "registered":
                await serving.RegisterAsync(new LineModel(4, 0));
                break;
            case "reopened":
                await DecideAsync(serving, 1, VersionState.Pending, "look again");
                goto default;
            default:
                await DecideAsync(serving, 1, VersionState.Approved, "better than that");
                break;
        }

        await serving.SettleAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(how == "registered" ? ("2", 12.0) : ("1", 9.0), await serving.AnswerAsync(3));
        }
    }

    [Fact]
    [Trait("Requirement", "R135")]
    public async Task A_rejected_version_is_replaced_by_what_is_in_production_elsewhere_and_only_there()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        await serving.Get<PinnedEndpoints>().CreateAsync("fixed", TestModels.Key, 1, Actor.Local);
        await serving.RegisterAsync(new LineModel(3, 0));
        await serving.SettleAsync();
        await PinAsync(serving, 2);
        await DecideAsync(serving, 1, VersionState.Rejected, "unfair");
        await serving.SettleAsync();
        Assert.Empty(await serving.EventsAsync(FallbackMissingEvent.Type));
        Assert.Contains(
            (await serving.EventsAsync("rollout.started")).Select(e => e.DataAs<RolloutEvent>()),
            rollout => rollout is { Endpoint: "fixed", Version: 2, Percent: 100 }
        );

        await serving.RegisterAsync(new LineModel(4, 0));
        await serving.SettleAsync();

        Assert.Equal(
            [("line", 10)],
            (await serving.EventsAsync("rollout.started"))
                .Select(e => e.DataAs<RolloutEvent>())
                .Where(rollout => rollout.Version == 3)
                .Select(rollout => (rollout.Endpoint, rollout.Percent))
                .Order()
        );
    }

    [Fact]
    [Trait("Requirement", "R135")]
    public async Task What_clients_cannot_ask_does_not_take_the_place_of_a_rejected_version()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        await DecideAsync(serving, 1, VersionState.Rejected, "unfair");
        await serving.SettleAsync();

        var asksForMore = new ModelSignature(
            [.. TestModels.Signature.Inputs, new TensorSignature("z", "FP32", [-1])],
            TestModels.Signature.Outputs
        );
        await serving.RegisterAsync(new LineModel(3, 0), asksForMore);
        await serving.SettleAsync();

        Assert.Equal(("1", 6.0), await serving.AnswerAsync(3));
        var back = Assert.Single(await serving.EventsAsync("rollout.rolledback")).DataAs<RolloutEvent>();
        Assert.Contains("would be refused", back.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task A_version_that_needs_approval_is_served_when_it_has_it()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        var version = await serving.RegisterAsync(new LineModel(3, 0), needsApproval: true);
        await serving.SettleAsync();
        Assert.Equal("pending", await StateAsync(serving, version.Version));
        Assert.Single(await serving.EventsAsync("rollout.started"));

        await DecideAsync(
            serving,
            2,
            VersionState.Approved,
            "looked at every slice",
            new { report = "https://reports.example/7" }
        );
        await serving.SettleAsync();

        Assert.Equal(2, (await serving.EventsAsync("rollout.started")).Count);
        var moves = await serving.Get<ModelGovernance>().HistoryAsync(TestModels.Key, 2);
        Assert.Equal("https://reports.example/7", moves[1].Evidence?.GetProperty("report").GetString());
        Assert.True(moves[0].Evidence?.GetProperty("passed").GetBoolean());
    }

    [Fact]
    [Trait("Requirement", "R137")]
    public async Task Nobody_serves_by_hand_what_waits_or_was_rejected()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        await serving.RegisterAsync(new LineModel(3, 0), needsApproval: true);

        var refused = await Assert.ThrowsAsync<RondoException>(() => MoveAsync(serving, 2));
        Assert.Equal(ErrorCode.FailedPrecondition, refused.Code);
        Assert.Contains("waits for approval", refused.Message, StringComparison.Ordinal);

        await DecideAsync(serving, 2, VersionState.Rejected, "too slow");
        refused = await Assert.ThrowsAsync<RondoException>(() => MoveAsync(serving, 2));
        Assert.Contains("was rejected by local: too slow", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Requirement", "R134")]
    [InlineData(2, "pending", "x", "that does not become pending")]
    [InlineData(2, "archived", "x", "what is in production")]
    [InlineData(1, "production", "x", "what is in production")]
    [InlineData(1, "nowhere", "x", "is no state of a model version")]
    [InlineData(1, "rejected", " ", "needs a reason")]
    [InlineData(9, "rejected", "x", "has no version 9")]
    public async Task A_move_that_is_not_legal_is_refused_and_changes_nothing(
        long version,
        string state,
        string reason,
        string why
    )
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.RegisterAsync(new LineModel(3, 0));
        await serving.SettleAsync();
        await PinAsync(serving, 2);
        var before = await serving.EventsAsync(ModelVersionMovedEvent.Type);

        var refused = await Assert.ThrowsAsync<RondoException>(() => DecideAsync(serving, version, state, reason));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Equal("production", await StateAsync(serving, 2));
        Assert.Equal(before.Count, (await serving.EventsAsync(ModelVersionMovedEvent.Type)).Count);
    }

    [Fact]
    [Trait("Requirement", "R134")]
    public void Every_state_is_reached_from_every_other_by_legal_moves_only()
    {
        foreach (var from in VersionState.All)
        {
            foreach (var to in VersionState.All)
            {
                var at = from;
                foreach (var next in VersionState.Way(from, to))
                {
                    Assert.Contains(next, VersionState.After(at));
                    at = next;
                }

                Assert.Equal(to, at);
            }
        }

        Assert.DoesNotContain(VersionState.Production, VersionState.After(VersionState.Rejected));
        Assert.DoesNotContain(VersionState.Approved, VersionState.After(VersionState.Rejected));
    }

    [Fact]
    public async Task A_rollout_that_waits_for_a_decision_keeps_nobody_from_the_log()
    {
        Assert.SkipUnless(TestKernel.OnPostgres, "Where one transaction runs at a time, none waits for another.");
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        var database = serving.Kernel.Database;

        // Holds what somebody holds who decides on a version, before he writes his event.
        var settling = await database.WriteAsync(async deciding =>
        {
            await ModelRegistry.LockAsync(deciding, TestModels.Key);
            await ModelGovernance.LockAsync(deciding, TestModels.Key, 1);
            var begun = Task.Run(serving.SettleAsync);
            while (await WaitingAsync(database) == 0)
            {
                Assert.False(begun.IsCompleted);
            }

            await database
                .WriteAsync(async other =>
                    await serving.Kernel.Log.AppendAsync(
                        other,
                        new NewEvent("orders.closed", "transit", "north", Actor.Local, new { })
                    )
                )
                .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            return begun;
        });
        await settling;

        Assert.Equal("production", await StateAsync(serving, 1));
    }

    private static Task<long> WaitingAsync(Database database) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                """
                select count(*) from pg_locks l
                join (
                    select hashtextextended('registry.model.' || @name, 0) as key
                    union all select hashtextextended('registry.version.' || @id, 0)
                ) k on l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295
                where l.locktype = 'advisory' and not l.granted
                """,
                new { name = ClientModels.NameOf(TestModels.Key), id = ModelVersion.IdOf(TestModels.Key, 1) }
            )
        );

    // Moves the endpoint, and asks it until the rollout has ended.
    private static async Task PinAsync(ServingHarness serving, long version)
    {
        await MoveAsync(serving, version);
        await serving.SettleAsync();
        for (var step = 0; step < 3; step++)
        {
            for (var asked = 0; asked < 250; asked++)
            {
                await serving.AnswerAsync(3);
            }

            serving.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
            await serving.SettleAsync();
        }
    }

    private static Task MoveAsync(ServingHarness serving, long version) =>
        serving.Get<PinnedEndpoints>().MoveAsync("line", version, Actor.Local);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Requirement", "R135")]
    public async Task A_version_that_is_only_tried_and_is_rejected_is_taken_back_and_what_serves_goes_on(bool hasOlder)
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        var served = hasOlder ? 2 : 1;
        for (var version = 1; version <= served; version++)
        {
            await serving.RegisterAsync(new LineModel(1 + version, 0));
            await serving.SettleAsync();
        }

        if (hasOlder)
        {
            await PinAsync(serving, served);
        }

        await serving.RegisterAsync(new LineModel(9, 0));
        await serving.SettleAsync();
        var tried = 0;
        for (var i = 0; i < 100; i++)
        {
            tried += (await serving.AnswerAsync(1)).Version == $"{served + 1}" ? 1 : 0;
        }

        Assert.Equal(10, tried);
        await DecideAsync(serving, served + 1, VersionState.Rejected, "unfair to line 7");
        Assert.True(await serving.PendingAsync() > 0);
        await serving.SettleAsync();

        for (var i = 0; i < 30; i++)
        {
            Assert.Equal($"{served}", (await serving.AnswerAsync(1)).Version);
        }

        Assert.Equal("production", await StateAsync(serving, served));
        Assert.Equal(
            $"Version {served + 1} was rejected.",
            (await serving.EventsAsync("rollout.rolledback"))
                .Select(e => e.DataAs<RolloutEvent>())
                .Single(back => back.Version == served + 1)
                .Reason
        );
        Assert.Empty(await serving.EventsAsync("endpoint.fallback.missing"));
        Assert.Equal(0, await serving.PendingAsync());
    }

    private static Task DecideAsync(
        ServingHarness serving,
        long version,
        string state,
        string reason,
        object? evidence = null
    ) =>
        serving
            .Get<ModelGovernance>()
            .DecideAsync(
                new VersionMove(TestModels.Key, version, state, Actor.Local, reason)
                {
                    Evidence = evidence is null ? null : JsonSerializer.SerializeToElement(evidence),
                },
                Caller.Local
            );

    private static Task<string?> StateAsync(ServingHarness serving, long version) =>
        serving.Get<ModelGovernance>().StateAsync(TestModels.Key, version);
}
