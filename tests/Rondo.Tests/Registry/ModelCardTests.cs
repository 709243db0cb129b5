using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Events;
using Rondo.Registry;
using Rondo.Registry.Cards;
using Rondo.Registry.Clients.Formats;
using Rondo.Registry.Governance;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Registry;

public sealed class ModelCardTests : IAsyncLifetime
{
    private TestKernel _kernel = null!;
    private ModelRegistry _registry = null!;
    private CardStore _cards = null!;
    private CardReader _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(RegistryModule.Schema);
        _registry = TestModels.Registry(_kernel);
        _cards = new CardStore(_kernel.Database, _kernel.Log, _kernel.Time);
        _reader = new CardReader(
            _cards,
            _registry,
            new ModelGovernance(_kernel.Database, _kernel.Log, _kernel.Time),
            new ModelFileReader(),
            _kernel.Database
        );
        var proposal = await TestModels.ProposeAsync(_kernel.Blobs, new LineModel(1, 2));
        await _kernel.Database.WriteAsync(t => _registry.RegisterAsync(t, TestModels.Origin("r1"), proposal).AsTask());
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R138")]
    public async Task Every_edit_is_a_revision_and_the_earlier_ones_stay()
    {
        Assert.Equal(0, (await _cards.GetAsync(TestModels.Key)).Revision);

        await _cards.WriteAsync(TestModels.Key, new ModelCard { Owner = "ann" }, 0, Actor.Local);
        await _cards.WriteAsync(
            TestModels.Key,
            new ModelCard { Owner = "bob", Risk = "high" },
            1,
            new Actor("user:bob")
        );

        Assert.Equal("ann", (await _cards.GetAsync(TestModels.Key, 1)).Card.Owner);
        var newest = await _cards.GetAsync(TestModels.Key);
        Assert.Equal(
            (2L, "bob", "high", "user:bob"),
            (newest.Revision, newest.Card.Owner, newest.Card.Risk, newest.EditedBy)
        );
        Assert.Equal([2L, 1L], (await _cards.ListAsync(TestModels.Key)).Select(card => card.Revision));
        Assert.Equal(2, (await _kernel.Log.ReadAsync(0, 10, new EventFilter(Type: "model.card.edited"))).Count);
    }

    [Fact]
    [Trait("Requirement", "R138")]
    public async Task Of_two_who_edit_at_once_one_is_told_and_nothing_is_overwritten()
    {
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async i =>
                {
                    try
                    {
                        await _cards.WriteAsync(TestModels.Key, new ModelCard { Owner = $"p{i}" }, 0, Actor.Local);
                        return null;
                    }
                    catch (RondoException e)
                    {
                        return e;
                    }
                })
        );

        Assert.Single(outcomes, error => error is null);
        Assert.All(
            outcomes.OfType<RondoException>(),
            error =>
            {
                Assert.Equal(ErrorCode.Conflict, error.Code);
                Assert.Contains("at revision 1, not 0", error.Message, StringComparison.Ordinal);
            }
        );
    }

    [Theory]
    [InlineData("""{"risk":"enormous"}""", "'enormous' is no rating")]
    [InlineData("""{"onwer":"ann"}""", "has no 'onwer'")]
    public async Task A_card_with_a_mistake_is_refused(string json, string why)
    {
        var card = JsonSerializer.Deserialize<ModelCard>(json, RondoJson.Options)!;

        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _cards.WriteAsync(TestModels.Key, card, 0, Actor.Local)
        );

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await _cards.GetAsync(TestModels.Key)).Revision);
    }

    [Fact]
    public async Task A_model_that_is_not_there_has_no_card()
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _cards.GetAsync(new ModelKey("transit", "production", "nothing"))
        );

        Assert.Equal(ErrorCode.NotFound, refused.Code);
    }

    [Fact]
    [Trait("Requirement", "R138")]
    public async Task The_page_shows_what_is_known_says_what_is_missing_and_escapes_what_people_wrote()
    {
        await _cards.WriteAsync(
            TestModels.Key,
            new ModelCard
            {
                Owner = "<script>alert(1)</script>",
                More = new Dictionary<string, string> { ["Energy <b>"] = "12 kWh" },
            },
            0,
            Actor.Local
        );

        var view = await _reader.ReadAsync(TestModels.Key, null, null, Caller.Local);
        var page = CardPage.Of(view);

        Assert.Equal(1, view.Version?.Version);
        Assert.Equal("approved", Assert.Single(view.Version!.Decisions).To);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Energy &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Nobody has written this yet.", page, StringComparison.Ordinal);
        Assert.Contains("its gate let it through", page, StringComparison.Ordinal);
        Assert.Contains("c0ffee", page, StringComparison.Ordinal);
        Assert.Contains("<td>x</td><td>2</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>Lines</td><td>1.2.0</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
    }
}
