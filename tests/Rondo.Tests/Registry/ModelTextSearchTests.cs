using System.Net;
using Rondo.Kernel;
using Rondo.Registry;
using Rondo.Registry.Cards;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

public sealed class ModelTextSearchTests
{
    [Fact]
    public async Task Models_and_versions_are_found_by_what_is_said_of_them()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync(
            "registered-models/create",
            new { name = "churn", description = "Who leaves the Café club" }
        );
        await server.PostAsync(
            "registered-models/create",
            new { name = "price", tags = new[] { new { key = "team", value = "leaves and roots" } } }
        );
        await server.PostAsync(
            "model-versions/create",
            new
            {
                name = "price",
                source = "mlflow-artifacts:/0/x",
                description = "with the new leaves",
            }
        );
        await server
            .Get<CardStore>()
            .WriteAsync(
                new ModelKey("mlflow", "production", "price"),
                new ModelCard { Caveats = "Not for cafes" },
                0,
                Actor.Local
            );

        Assert.Equal(
            [
                "churn  description: Who leaves the Café club",
                "price  team: leaves and roots",
                "price 1 description: with the new leaves",
            ],
            await FindAsync(server, "leav")
        );
        Assert.Equal(
            ["churn  description: Who leaves the Café club", "price  card: caveats: Not for cafes"],
            await FindAsync(server, "cafe")
        );
        Assert.Equal(["price  team: leaves and roots"], await FindAsync(server, "cafe root"));
        Assert.Equal(["churn  name: churn"], await FindAsync(server, "CHURN"));
        Assert.Empty(await FindAsync(server, "nobody"));
    }

    [Fact]
    public async Task A_version_that_was_deleted_is_not_found()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("registered-models/create", new { name = "price" });
        await server.PostAsync(
            "model-versions/create",
            new
            {
                name = "price",
                source = "mlflow-artifacts:/0/x",
                tags = new[] { new { key = "a", value = "zebra" } },
            }
        );
        Assert.Single(await FindAsync(server, "zebra"));

        var (status, _) = await server.SendAsync(
            "DELETE",
            "model-versions/delete",
            """{"name":"price","version":"1"}"""
        );

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Empty(await FindAsync(server, "zebra"));
    }

    [Fact]
    public async Task The_card_of_a_model_goes_with_it_when_it_is_renamed_or_deleted()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("registered-models/create", new { name = "price" });
        var key = new ModelKey("mlflow", "production", "price");
        await server.Get<CardStore>().WriteAsync(key, new ModelCard { Caveats = "zebra" }, 0, Actor.Local);

        await server.PostAsync("registered-models/rename", new { name = "price", new_name = "cost" });
        Assert.Equal(["cost  card: caveats: zebra"], await FindAsync(server, "zebra"));

        await server.SendAsync("DELETE", "registered-models/delete", """{"name":"cost"}""");
        Assert.Empty(await FindAsync(server, "zebra"));
    }

    private static async Task<IEnumerable<string>> FindAsync(TrackingHarness server, string text)
    {
        var found = await server.GetAsync("/api/v1/models/find?text=" + Uri.EscapeDataString(text));
        var items = found.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(items.Count, found.GetProperty("total").GetInt32());
        return items.Select(item =>
            $"{item.GetProperty("model")} {item.GetProperty("version")} {item.GetProperty("where")}: {item.GetProperty("excerpt")}"
        );
    }
}
