namespace Rondo.EndToEnd;

/// <summary>Why a step ran: asked on the command line, of runs between which one row of the data has changed.</summary>
[Collection(nameof(CommandServer))]
public sealed class ExplainTests(CommandServer server)
{
    private const string Head = "Day,Value\n2024-01-01,1\n2024-01-02,2\n";

    [Fact]
    [Trait("Requirement", "R93")]
    public async Task The_row_that_has_changed_is_named_by_its_dataset_and_every_step_that_it_reaches()
    {
        await PushAsync(Head + "2024-01-03,6\n");
        await RunAsync();
        var same = await server.TableAsync("explain", await RunAsync());
        await PushAsync(Head + "2024-01-03,7\n");
        var id = await RunAsync();

        var changed = await server.TableAsync("explain", id);
        var step = await server.TableAsync("explain", id, "ingest");

        Assert.DoesNotContain("→", same);
        Assert.Contains("reused", same);
        Assert.Contains("dataset readings: version", changed);
        Assert.Contains("input 'version' from dataset readings", step);
        Assert.Contains("input 'raw' from ingest.value", changed);
        Assert.DoesNotContain("validate", step);
    }

    private async Task PushAsync(string rows)
    {
        var file = Path.Combine(server.Folder, "explained.csv");
        await File.WriteAllTextAsync(file, rows, TestContext.Current.CancellationToken);
        await server.TableAsync("datasets", "push", "readings", file, "--environment", "test");
    }

    private async Task<string> RunAsync()
    {
        var run = await server.JsonAsync("run", "languages", "--environment", "test", "--follow");
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        return run.GetProperty("id").GetString()!;
    }
}
