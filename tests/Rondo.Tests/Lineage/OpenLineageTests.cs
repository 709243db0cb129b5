using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage;
using Rondo.Lineage.OpenLineage;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Lineage;

public sealed class OpenLineageTests : IAsyncLifetime
{
    private const string Key = "a-secret-key";

    private PipelineWorld _world = null!;
    private OpenLineageReceiver _receiver = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _receiver = await OpenLineageReceiver.StartAsync();
        _server = Server(_receiver.Address);
        _world.Executor.Ports = r =>
            [
                new PortManifest(
                    "value",
                    r.NodeId switch
                    {
                        "load" => ArtifactTypes.RawTable,
                        "describe" => ArtifactTypes.Statistics,
                        _ => ArtifactTypes.Json,
                    }
                ),
            ];
        _world.Executor.Content = (r, _) =>
            r.NodeId switch
            {
                "load" => Written(stream => Parquet.Write(RawTable.Of(s_table), stream)),
                "describe" => Written(stream =>
                    System.Text.Json.JsonSerializer.Serialize(stream, TableStatistics.Of(s_table), RondoJson.Options)
                ),
                _ => null,
            };
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "train",
                Manifests.Dataset("days", "days"),
                Step("load", ArtifactTypes.RawTable, "days"),
                Step("describe", ArtifactTypes.Statistics, "load"),
                Step("fit", ArtifactTypes.Json, "load")
            )
        );
        await _server
            .Get<DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, "days"),
                "2001.csv",
                new MemoryStream("date,rides\n2001-01-01,1\n"u8.ToArray()),
                Actor.Local
            );
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_run_and_each_of_its_steps_begin_and_end_once_in_documents_that_fit_the_specification()
    {
        var run = await RunAsync();
        await TellAsync();

        Assert.All(_receiver.Events, document => Assert.Empty(OpenLineageReceiver.Mistakes(document)));
        Assert.All(_receiver.Keys, key => Assert.Equal("Bearer " + Key, key));
        var jobs = _receiver
            .Events.GroupBy(e => Text(e, "job.name"))
            .ToDictionary(g => g.Key!, g => g.Select(e => Text(e, "eventType")));
        Assert.Equal(
            ["", ".describe", ".fit", ".load"],
            jobs.Keys.Select(name => name["transit.production.train".Length..]).Order(StringComparer.Ordinal)
        );
        Assert.All(jobs.Values, types => Assert.Equal(["START", "COMPLETE"], types));
        var whole = Event("transit.production.train", "COMPLETE");
        Assert.Equal("transit.production.days", Text(whole, "inputs.0.name"));
        Assert.Equal("1", Text(whole, "inputs.0.facets.version.datasetVersion"));
        Assert.Equal("c0ffee", Text(whole, "job.facets.sourceCodeLocation.version"));
        Assert.Equal(run.Id, Text(whole, "run.facets.rondo_run.run"));
        var load = Event("transit.production.train.load", "COMPLETE");
        Assert.Equal(Text(whole, "run.runId"), Text(load, "run.facets.parent.run.runId"));
        Assert.Equal("date", Text(load, "outputs.0.facets.schema.fields.0.type"));
        Assert.Equal("2", Text(load, "outputs.0.outputFacets.outputStatistics.rowCount"));
        var describe = Event("transit.production.train.describe", "COMPLETE");
        Assert.Equal("transit.production.train.load.value", Text(describe, "inputs.0.name"));
        Assert.Equal("1", Text(describe, "inputs.0.inputFacets.dataQualityMetrics.columnMetrics.rides.nullCount"));
        Assert.Equal("5", Text(describe, "inputs.0.inputFacets.dataQualityMetrics.columnMetrics.rides.max"));
        Assert.Equal(0, (await StatusAsync()).Waiting);
    }

    [Fact]
    public async Task A_failure_says_why_and_attempts_that_the_end_of_their_run_called_off_are_aborted()
    {
        _world.Executor.Decide = r =>
            r.NodeId == "fit" ? Script.PauseAndFail
            : r.NodeId == "describe" ? Script.Pause
            : Script.Succeed;
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        // It fails when the other has begun.
        while (_world.Executor.Paused < 2)
        {
            await _server.OrchestrateAsync();
            await Task.Yield();
        }

        _world.Executor.Release(node => node == "fit");
        while ((await _server.Runs.GetAsync(run.Id)).FinishedAt is null)
        {
            await _server.OrchestrateAsync();
            await Task.Yield();
        }

        await TellAsync();

        Assert.All(_receiver.Events, document => Assert.Empty(OpenLineageReceiver.Mistakes(document)));
        Assert.Equal(
            "it broke",
            Text(Event("transit.production.train.fit", "FAIL"), "run.facets.errorMessage.message")
        );
        Assert.NotNull(Event("transit.production.train.describe", "ABORT"));
        Assert.Contains(
            "it broke",
            Text(Event("transit.production.train", "FAIL"), "run.facets.errorMessage.message"),
            StringComparison.Ordinal
        );
        foreach (var attempt in _receiver.Events.GroupBy(e => Text(e, "run.runId")))
        {
            Assert.Equal("START", Text(attempt.First(), "eventType"));
            Assert.Equal(2, attempt.Count());
        }
    }

    [Fact]
    public async Task A_scheduled_run_says_for_which_time_and_reused_steps_begin_and_end_too()
    {
        await RunAsync();
        var wish = PipelineWorld.Wish("train") with
        {
            Trigger = TriggerKinds.Schedule,
            Evidence = System.Text.Json.JsonSerializer.SerializeToElement(new { due = "2024-01-01T03:00:00+00:00" }),
        };
        var run = await _server.FinishAsync((await _server.Runs.CreateAsync(wish)).Id);
        await TellAsync();

        var own = _receiver.Events.Where(e => Text(e, "run.facets.rondo_run.run") == run.Id).ToList();
        Assert.Equal(8, own.Count);
        Assert.All(
            own,
            e => Assert.Equal("2024-01-01T03:00:00.000Z", Text(e, "run.facets.nominalTime.nominalStartTime"))
        );
        Assert.All(own, e => Assert.Empty(OpenLineageReceiver.Mistakes(e)));
        Assert.Equal(16, _receiver.Events.Select(e => (Text(e, "run.runId"), Text(e, "eventType"))).Distinct().Count());
    }

    [Fact]
    public async Task A_receiver_that_fails_is_asked_again_later_and_runs_do_not_notice()
    {
        _receiver.Answer = _ => (HttpStatusCode.ServiceUnavailable, $"your key was {Key}");

        Assert.Equal(RunStates.Succeeded, (await RunAsync()).State);
        await TellAsync();
        await TellAsync();

        var down = await StatusAsync();
        Assert.Equal((8, 0, 1), (down.Waiting, down.Sent, down.Failures));
        Assert.Equal("503 Service Unavailable: your key was …", down.LastError);
        _receiver.Answer = _ => (HttpStatusCode.Created, "");
        await TellAsync();
        Assert.Empty(_receiver.Events);
        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(2));
        await TellAsync();
        var up = await StatusAsync();
        Assert.Equal((0, 8, null), (up.Waiting, up.Sent, up.LastError));
        Assert.Equal("transit.production.train", Text(_receiver.Events.First(), "job.name"));
    }

    [Fact]
    public async Task What_the_receiver_will_never_take_is_counted_and_holds_nothing_up()
    {
        _receiver.Answer = e =>
            Text(e, "job.name")!.EndsWith(".fit", StringComparison.Ordinal)
                ? (HttpStatusCode.BadRequest, "no")
                : (HttpStatusCode.OK, "");
        await RunAsync();

        await TellAsync();

        var status = await StatusAsync();
        Assert.Equal((0, 6, 2), (status.Waiting, status.Sent, status.Refused));
    }

    [Fact]
    public async Task A_server_that_dies_before_it_has_noted_what_it_told_tells_it_again_under_the_same_ids()
    {
        await RunAsync();
        await TellAsync();
        var first = _receiver.Events.Select(e => (Text(e, "run.runId"), Text(e, "eventType"))).ToList();
        await _world.Kernel.Database.WriteAsync(async t =>
            await t.ExecuteAsync("update kernel_cursor set position = 0 where subscriber = 'lineage.openlineage'")
        );
        await _world.Kernel.Database.WriteAsync(async t => await t.ExecuteAsync("delete from lineage_outbox_open"));

        await TellAsync();

        Assert.Equal(
            first,
            _receiver.Events.Skip(first.Count).Select(e => (Text(e, "run.runId"), Text(e, "eventType")))
        );
    }

    [Fact]
    public async Task Where_too_many_wait_the_newest_are_dropped_and_counted()
    {
        var small = Server("http://127.0.0.1:1", waitingMax: 3);
        await RunAsync();

        await TellAsync(small);

        var status = await small.Get<OutboxStore>().StatusAsync();
        Assert.Equal((3, 5), (status.Waiting, status.Dropped));
    }

    [Fact]
    public async Task A_file_gets_one_document_a_line_and_what_happened_before_nobody_is_told()
    {
        await RunAsync();
        _world.Kernel.Time.Advance(TimeSpan.FromMinutes(1));
        var file = Path.Combine(_world.Kernel.Folder, "events.jsonl");
        var server = Server("file://" + file);
        await TellAsync(server);
        Assert.False(File.Exists(file));

        await _server.FinishAsync((await _server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id);
        await TellAsync(server);

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(8, lines.Length);
        Assert.All(lines, line => Assert.Empty(OpenLineageReceiver.Mistakes(JsonNode.Parse(line)!)));
    }

    [Theory]
    [InlineData("ftp://host/x")]
    [InlineData("http://user:secret-word@host")]
    [InlineData("nonsense")]
    public void An_address_that_nothing_can_be_sent_to_is_refused_without_repeating_it(string address)
    {
        var error = Assert.Throws<RondoException>(() =>
            OpenLineageOptions.FromEnvironment(name => name == "RONDO_OPENLINEAGE_URL" ? address : null)
        );

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.DoesNotContain("secret-word", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_document_is_found_to_be_wrong()
    {
        Assert.NotEmpty(OpenLineageReceiver.Mistakes(JsonNode.Parse("""{"eventType":"START"}""")!));
    }

    private static readonly Table s_table = new(
        Column.Of("date", new DateOnly?[] { new(2001, 1, 1), new(2001, 1, 2) }),
        Column.Of("rides", new double?[] { 5, null })
    );

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static NodeManifest Step(string id, string type, string from) =>
        Manifests.Step(id, from) with
        {
            Outputs = [new PortManifest("value", type)],
        };

    private TestServer Server(string address, int waitingMax = 1000)
    {
        var options = OpenLineageOptions.FromEnvironment(name =>
            name switch
            {
                "RONDO_OPENLINEAGE_URL" => address,
                "RONDO_OPENLINEAGE_API_KEY" => Key,
                _ => null,
            }
        );
        return _world.Server(more: services => services.AddOpenLineage(options.With(waitingMax)));
    }

    private async Task<Run> RunAsync() =>
        await _server.FinishAsync((await _server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id);

    private Task<OpenLineageStatus> StatusAsync() => _server.Get<OutboxStore>().StatusAsync();

    private async Task TellAsync(TestServer? server = null)
    {
        foreach (var name in new[] { "subscriber.lineage.openlineage", "lineage.openlineage.sender" })
        {
            var loop = (server ?? _server).Get<IEnumerable<Reconciler>>().Single(loop => loop.Name == name);
            var lease = await _world.Kernel.Leases.TryAcquireAsync(name, "test", TimeSpan.FromDays(10_000));
            while (await loop.ReconcileAsync(lease!, CancellationToken.None)) { }
        }
    }

    private JsonNode Event(string job, string type) =>
        _receiver.Events.Single(e => Text(e, "job.name") == job && Text(e, "eventType") == type);

    private static string? Text(JsonNode document, string path)
    {
        JsonNode? at = document;
        foreach (var part in path.Split('.'))
        {
            at = at is JsonArray list
                ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]
                : at?[part];
        }

        return at?.ToString();
    }
}
