using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Sdk;

/// <summary>Why a step ran or did not, in words.</summary>
public sealed class LocalExplainTests
{
    [Fact]
    [Trait("Requirement", "R93")]
    public async Task A_step_says_why_it_was_computed_or_reused_and_what_had_changed()
    {
        var app = Ship.With(g =>
        {
            var start = g.Start(g.Parameter("number", 1));
            g.Add(start, g.Parameter("plus", 1));
            g.Add(start, 5).Named("fixed").Uncached();
        });

        await using var first = await TestRun.OfAsync(app, "sail");
        await using var second = await first.AgainAsync();
        await using var third = await second.AgainAsync(change: s => s.Parameter("plus", 2));
        await using var fourth = await third.AgainAsync(change: s => s.Parameter("number", 9));
        await using var fresh = await fourth.AgainAsync(change: s => s.Fresh());

        Assert.Equal("it never ran before", first.Explain("add").Why);
        Assert.Equal("nothing that decides what it makes has changed since local-0001", second.Explain("add").Why);
        Assert.Equal("something has changed since local-0002", third.Explain("add").Why);
        Assert.Equal(["argument 'plus': 1 → 2"], third.Explain("add").Changes.Select(change => change.Words));
        Assert.Equal(LocalDecisions.Reused, third.Explain("start").Decision);
        Assert.Equal("what it makes is never used again (its cache is off)", third.Explain("fixed").Why);
        var change = Assert.Single(fourth.Explain("add").Changes);
        Assert.Equal((IdentityPart.Input, "number"), (change.Part, change.Name));
        Assert.Equal("the run was to compute every step (--fresh)", fresh.Explain("add").Why);
    }

    [Fact]
    [Trait("Requirement", "R93")]
    public async Task Outputs_expire_and_code_environment_seed_and_salt_count()
    {
        MlApp With(string mode, int seed, string salt) =>
            Ship.With(g => g.Start(1).CacheFor(Days(7)).Environment("MODE", mode).Seed(seed).Salt(salt));

        await using var first = await TestRun.OfAsync(With("a", 1, "x"), "sail");
        await using var young = await first.AgainAsync(after: Days(6));
        await using var old = await young.AgainAsync(after: Days(2));
        await using var other = await old.AgainAsync(app: With("b", 2, "y"));

        Assert.Equal(LocalState.Reused, young.Node("start").State);
        Assert.Equal("what it made is older than it may be", old.Explain("start").Why);
        Assert.Equal(
            ["environment variable MODE: a → b", "seed: 1 → 2", "salt: x → y"],
            other.Explain("start").Changes.Select(change => change.Words)
        );
    }

    [Fact]
    public async Task A_secret_counts_by_its_version_and_is_written_nowhere()
    {
        const string value = "hunter2-and-more";
        var app = Ship.With(g => g.Say(g.Start(1), "the word is $PASSWORD").Secret("PASSWORD", "db-password"));

        await using var first = await TestRun.Of(app, "sail").Secret("db-password", value).RunAsync();
        await using var same = await first.AgainAsync();
        await using var other = await same.AgainAsync(change: s => s.Secret("db-password", "other"));

        Assert.Equal(LocalState.Reused, same.Succeeded().Node("say").State);
        var change = Assert.Single(other.Succeeded().Explain("say").Changes);
        Assert.Equal(IdentityPart.Secret, change.Part);
        Assert.StartsWith("secret in PASSWORD: db-password@", change.Words);
        Assert.Contains("the word is ***", first.Log);
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(first.Folder, "runs"), "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain(value, File.ReadAllText(file))
        );
        var missing = await Assert.ThrowsAsync<RondoException>(() => TestRun.OfAsync(app, "sail"));
        Assert.Contains("RONDO_SECRET_DB_PASSWORD", missing.Message);
    }

    [Fact]
    [Trait("Requirement", "R93")]
    public async Task Records_that_are_broken_and_bytes_that_are_gone_are_misses()
    {
        var app = Ship.With(g => g.Add(g.Start(1), 1));
        await using var first = await TestRun.OfAsync(app, "sail");

        foreach (var file in Directory.EnumerateFiles(Path.Combine(first.Folder, "cache")))
        {
            await File.WriteAllTextAsync(file, "{ \"identity\": ", TestContext.Current.CancellationToken);
        }
        await using var broken = await first.AgainAsync();
        Directory.Delete(Path.Combine(first.Folder, "store"), recursive: true);
        await using var gone = await broken.AgainAsync();
        await using var whole = await gone.AgainAsync();

        Assert.Equal(LocalDecisions.RecordBroken, broken.Succeeded().Explain("add").Decision);
        Assert.Equal("bytes of what it made are gone from the store", gone.Succeeded().Explain("add").Why);
        Assert.Equal(2, gone.Value<int>("add"));
        Assert.Equal(LocalState.Reused, whole.Node("add").State);
    }

    [Fact]
    [Trait("Requirement", "R93")]
    public async Task What_failed_is_never_used_again_and_what_is_passed_over_says_why()
    {
        var app = Ship.With(
            g =>
            {
                var bad = g.Trouble(g.Start(1));
                g.Add(bad, 1);
                g.When(g.Weigh(g.Start(2), 9), l => l.Full, then: () => g.Start(3));
            },
            p => p.FailSlow()
        );

        await using var first = await TestRun.OfAsync(app, "sail");
        await using var second = await first.AgainAsync();

        Assert.Equal(
            "in local-0001 it did not succeed, and only what succeeded is used again",
            second.Ended(LocalState.Failed).Explain("trouble").Why
        );
        Assert.Equal("It needs 'trouble', which failed.", second.Explain("add").Why);
        var group = second.Run.Nodes.Single(node => node is { Kind: NodeKind.Group });
        Assert.Equal("Its condition does not hold.", second.Explain(group.Id).Why);
    }
}
