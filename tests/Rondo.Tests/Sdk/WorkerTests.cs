using System.IO.Pipes;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class WorkerTests
{
    [Fact]
    public async Task A_worker_runs_attempts_one_after_the_other_until_the_pipe_closes()
    {
        using var folder = new TestFolder();
        var pipeName = "rondo-test-" + Path.GetFileName(folder.Path);
        await using var server = new NamedPipeServerStream(
            pipeName,
            PipeDirection.InOut,
            1,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous
        );
        var marks = new List<string>();
        using var worker = new Worker(
            _ => new StepRunner(Weather.Declare(), TimeProvider.System, TextWriter.Null),
            new WorkerSurroundings(marks.Add, () => Task.CompletedTask, () => Assert.Fail("The worker gave up."))
        );
        var running = Task.Run(() => worker.RunAsync(pipeName));
        await server.WaitForConnectionAsync();
        using var reader = new StreamReader(server, leaveOpen: true);

        Assert.Equal("ready", (await Next(reader)).Kind);
        foreach (var node in new[] { "fit", "fit-2", "fit" })
        {
            await Send(
                server,
                new WorkerMessage("run") { Request = await Request(folder, node), Mark = "end of " + node }
            );
            var done = await Next(reader);

            Assert.Equal("done", done.Kind);
            var result = done.Result!;
            Assert.Equal(StepOutcome.Succeeded, result.Outcome);
            var output = result.Outputs["value"];
            Assert.Equal("rondo/json", output.Type);
            Assert.Equal(output.Size, new FileInfo(Path.Combine(folder.Of(node), output.File)).Length);
        }
        await Send(server, new WorkerMessage("dance"));
        Assert.Equal("error", (await Next(reader)).Kind);
        Assert.Equal(["end of fit", "end of fit-2", "end of fit"], marks);

        server.Disconnect();
        Assert.Equal(0, await running);
    }

    [Fact]
    public async Task An_attempt_with_damaged_input_fails_and_names_it()
    {
        using var folder = new TestFolder();
        var request = await Request(folder, "fit");
        var digest = request.Inputs["rows"].Digest;
        await File.AppendAllTextAsync(new ContentStore(request.StoreRoot).PathOf(digest), "x");

        var result = await new StepRunner(Weather.Declare(), TimeProvider.System, TextWriter.Null).RunAsync(request);

        Assert.Equal(StepOutcome.Failed, result.Outcome);
        Assert.Equal("RondoException.DataCorrupt", result.ErrorType);
        Assert.Contains(digest, result.Message);
    }

    [Fact]
    public async Task The_verb_step_runs_one_attempt_and_says_how_it_went_by_its_exit_code()
    {
        using var folder = new TestFolder();

        Assert.Equal(0, await Weather.Declare("step", await RequestFile(folder, "fit")).RunAsync());
        Assert.True(File.Exists(Path.Combine(folder.Of("fit"), "result.json")));
        Assert.Equal(2, await Weather.Declare("step", folder.Of("no-such.json")).RunAsync());
        Assert.Equal(2, await Weather.Declare("dance").RunAsync());
    }

    private static async Task<string> RequestFile(TestFolder folder, string node)
    {
        var json = JsonSerializer.Serialize(await Request(folder, node), RondoJson.Options);
        return folder.Write($"step-{node}.json", json);
    }

    private static async Task<StepRequest> Request(TestFolder folder, string node)
    {
        var store = new ContentStore(folder.Of("store"));
        using var bytes = new MemoryStream();
        Parquet.Write(Table.From([new WeatherRow(new DateOnly(2020, 1, 1), 10, 12)]).Untyped, bytes);
        bytes.Position = 0;
        var (digest, size) = await store.PutAsync(bytes);
        return new StepRequest(
            "run_1",
            "weather",
            "test",
            "trouble",
            node,
            1,
            1,
            store.Root,
            folder.Of(node),
            new Dictionary<string, ArtifactRef> { ["rows"] = new("rondo/table", digest, size) },
            new Dictionary<string, JsonElement> { ["damping"] = JsonSerializer.SerializeToElement(1.0) },
            Seed: 1,
            Threads: 1,
            TimeoutMs: 30_000
        );
    }

    private static async Task Send(Stream pipe, WorkerMessage message)
    {
        await pipe.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(message, RondoJson.Options), (byte)'\n']);
        await pipe.FlushAsync();
    }

    private static async Task<WorkerMessage> Next(StreamReader reader) =>
        JsonSerializer.Deserialize<WorkerMessage>((await reader.ReadLineAsync())!, RondoJson.Options)!;
}
