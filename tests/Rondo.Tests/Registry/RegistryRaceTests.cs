using System.Net;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Events;
using Rondo.Registry;
using Rondo.Registry.Cards;
using Rondo.Registry.Governance;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Changes of one model at once: whatever comes first, what is left belongs together.</summary>
public sealed class RegistryRaceTests : IAsyncLifetime
{
    private const int Rounds = 25;

    private static readonly ModelKey s_key = new("mlflow", "production", "demand");

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_model_that_goes_while_versions_come_leaves_nothing_behind()
    {
        for (var round = 0; round < Rounds; round++)
        {
            await SendAsync("POST", "registered-models/create", """{"name":"demand"}""");
            await SendAsync("POST", "model-versions/create", """{"name":"demand","source":"s3://models/demand"}""");
            var gone =
                round % 2 == 0
                    ? SendAsync("DELETE", "registered-models/delete", """{"name":"demand"}""")
                    : SendAsync(
                        "POST",
                        "registered-models/rename",
                        $$"""{"name":"demand","new_name":"other-{{round}}"}"""
                    );
            await Task.WhenAll(
                SendAsync("POST", "model-versions/create", """{"name":"demand","source":"s3://models/demand"}"""),
                SendAsync("POST", "registered-models/alias", """{"name":"demand","alias":"best","version":"1"}"""),
                gone,
                SendAsync("POST", "model-versions/create", """{"name":"demand","source":"s3://models/demand"}"""),
                SendAsync("POST", "registered-models/set-tag", """{"name":"demand","key":"a","value":"b"}"""),
                SendAsync(
                    "POST",
                    "model-versions/set-tag",
                    """{"name":"demand","version":"1","key":"a","value":"b"}"""
                ),
                DecideAsync(),
                WriteCardAsync()
            );

            Assert.Equal((0, 0, 0, 0), await LeftAsync());
            Assert.Equal((0, 0), await DecidedAsync());
        }
    }

    [Fact]
    public async Task Of_versions_that_take_one_stage_at_once_and_archive_the_others_one_has_it()
    {
        const int versions = 4;
        await SendAsync("POST", "registered-models/create", """{"name":"demand"}""");
        for (var version = 1; version <= versions; version++)
        {
            await SendAsync("POST", "model-versions/create", """{"name":"demand","source":"s3://models/demand"}""");
        }

        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(
                Enumerable
                    .Range(1, versions)
                    .Select(version =>
                        SendAsync(
                            "POST",
                            "model-versions/transition-stage",
                            $$"""{"name":"demand","version":"{{version}}","stage":"Production","archive_existing_versions":true}"""
                        )
                    )
            );

            var found = await _server.GetAsync("model-versions/search?max_results=100");
            Assert.Single(
                found.GetProperty("model_versions").EnumerateArray(),
                version => version.GetProperty("current_stage").GetString() == "Production"
            );
        }
    }

    [Fact]
    public async Task A_version_that_is_deleted_twice_at_once_is_deleted_once()
    {
        await SendAsync("POST", "registered-models/create", """{"name":"demand"}""");
        for (var round = 1; round <= Rounds; round++)
        {
            await SendAsync("POST", "model-versions/create", """{"name":"demand","source":"s3://models/demand"}""");
            var body = $$"""{"name":"demand","version":"{{round}}"}""";

            var answers = await Task.WhenAll(
                SendAsync("DELETE", "model-versions/delete", body),
                SendAsync("POST", "registered-models/alias", body[..^1] + ",\"alias\":\"best\"}"),
                SendAsync("DELETE", "model-versions/delete", body)
            );

            Assert.Single(new[] { answers[0], answers[2] }, answer => answer == HttpStatusCode.OK);
            Assert.Equal((0, 0, 0, 0), await LeftAsync());
        }

        var deleted = await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: "model.deleted"));
        Assert.Equal(Rounds, deleted.Count);
    }

    // Versions without a model, aliases and tags of versions that are not there, and versions of number 0.
    private Task<(long, long, long, long)> LeftAsync() =>
        _server.Kernel.Database.ReadAsync(async session =>
            (
                await session.ScalarAsync<long>(
                    """
                    select count(*) from registry_entry e where not exists (
                        select 1 from registry_model m
                        where m.project = e.project and m.environment = e.environment and m.model = e.model)
                    """
                ),
                await session.ScalarAsync<long>(Without("registry_alias", "true")),
                await session.ScalarAsync<long>(Without("registry_tag", "a.version > 0")),
                await session.ScalarAsync<long>("select count(*) from registry_entry where version = 0")
            )
        );

    // Decisions on versions that are not there, and cards without a model.
    private Task<(long, long)> DecidedAsync() =>
        _server.Kernel.Database.ReadAsync(async session =>
            (
                await session.ScalarAsync<long>(
                    """
                    select count(*) from registry_transition t where not exists (
                        select 1 from registry_entry e where e.project = t.project and e.environment = t.environment
                            and e.model = t.model and e.version = t.version)
                    """
                ),
                await session.ScalarAsync<long>(
                    """
                    select count(*) from registry_card c where not exists (
                        select 1 from registry_model m
                        where m.project = c.project and m.environment = c.environment and m.model = c.model)
                    """
                )
            )
        );

    private Task DecideAsync() =>
        TryAsync(() =>
            _server
                .Get<ModelGovernance>()
                .DecideAsync(
                    new VersionMove(s_key, 1, VersionState.Approved, Actor.Local, "looked at it")
                    {
                        Evidence = JsonElement.Parse("{}"),
                    },
                    Caller.Local
                )
        );

    private Task WriteCardAsync() =>
        TryAsync(() =>
            _server.Get<CardStore>().WriteAsync(s_key, new ModelCard { Owner = "ann" }, basedOn: 0, Actor.Local)
        );

    // The model may be gone already.
    private static async Task TryAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (RondoException e)
        {
            Assert.Equal(ErrorCode.NotFound, e.Code);
        }
    }

    private static string Without(string table, string which) =>
        $"""
            select count(*) from {table} a where {which} and not exists (
                select 1 from registry_entry e where e.project = a.project and e.environment = a.environment
                    and e.model = a.model and e.version = a.version and e.deleted_at is null)
            """;

    private async Task<HttpStatusCode> SendAsync(string method, string path, string body)
    {
        var (status, answer) = await _server.SendAsync(method, path, body);
        Assert.True((int)status < 500, answer);
        return status;
    }
}
