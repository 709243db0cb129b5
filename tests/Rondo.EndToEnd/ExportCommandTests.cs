using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary><c>rondo export kfp</c> as a person and as a program use it, with a server and without.</summary>
[Collection(nameof(CommandServer))]
public sealed class ExportCommandTests(CommandServer server)
{
    private CancellationToken Cancellation { get; } = TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Requirement", "R246")]
    public async Task A_deployed_pipeline_is_written_to_the_standard_output_and_its_losses_are_told_beside()
    {
        var result = await server.RondoAsync(
            "export",
            "kfp",
            "languages",
            "--image",
            "workbench@sha256:" + new string('a', 64)
        );

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.StartsWith("components:", result.Out, StringComparison.Ordinal);
        Assert.Contains("schemaVersion: '2.1.0'", result.Out, StringComparison.Ordinal);
        Assert.Contains("kfp-step", result.Out, StringComparison.Ordinal);
        Assert.Contains("dataset: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_gets_the_files_and_the_losses_as_one_document()
    {
        var file = Path.Combine(server.Folder, "languages.yaml");

        var document = await server.JsonAsync("export", "kfp", "languages", "--file", file);

        Assert.False(document.GetProperty("refused").GetBoolean());
        Assert.Equal(file, document.GetProperty("written").GetString());
        var content = Assert.Single(document.GetProperty("files").EnumerateArray()).GetProperty("content").GetString();
        Assert.Equal(content, await File.ReadAllTextAsync(file, Cancellation));
        Assert.Contains(
            document.GetProperty("losses").EnumerateArray(),
            loss => loss.GetProperty("kind").GetString() == "cosmetic"
        );
    }

    [Fact]
    public async Task A_loss_that_matters_refuses_a_manifest_unless_it_is_allowed()
    {
        var file = await ManifestAsync("""{"failurePolicy":"slow"}""");
        var written = Path.Combine(server.Folder, "allowed.yaml");

        var refused = await server.RondoAsync("export", "kfp", "one", "--manifest", file);
        var document = await server.RondoAsync("export", "kfp", "one", "--manifest", file, "--output", "json");
        var allowed = await server.RondoAsync(
            "export",
            "kfp",
            "one",
            "--manifest",
            file,
            "--allow-loss",
            "--file",
            written
        );

        Assert.Equal((4, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("failure-policy", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-loss", refused.Error, StringComparison.Ordinal);
        Assert.Equal(4, document.ExitCode);
        Assert.True(JsonDocument.Parse(document.Out).RootElement.GetProperty("refused").GetBoolean());
        Assert.True(allowed.ExitCode == 0, allowed.ToString());
        Assert.Contains(
            "/app/Offline.dll",
            await File.ReadAllTextAsync(written, Cancellation),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Mistakes_end_with_their_own_exit_codes()
    {
        var file = await ManifestAsync("{}");

        var unknown = await server.RondoAsync("export", "kfp", "nothing");
        var notThere = await server.RondoAsync("export", "kfp", "nothing", "--manifest", file);
        var noFile = await server.RondoAsync("export", "kfp", "one", "--manifest", file + ".gone");
        var wrong = await server.RondoAsync(
            "export",
            "kfp",
            "one",
            "--manifest",
            await ManifestAsync("""{"failurePolicy":"sideways"}""")
        );
        var incomplete = await server.RondoAsync(
            "export",
            "kfp",
            "one",
            "--manifest",
            await ManifestAsync("""{"nodes":[{"id":"a"}]}""")
        );
        var platform = await server.RondoAsync("export", "kfp", "one", "--platform", "mainframe");

        Assert.Equal(3, unknown.ExitCode);
        Assert.Contains("languages", unknown.Error, StringComparison.Ordinal);
        Assert.Equal((3, 3, 2, 2), (notThere.ExitCode, noFile.ExitCode, wrong.ExitCode, platform.ExitCode));
        Assert.Equal(2, incomplete.ExitCode);
        Assert.Contains("step", incomplete.Error, StringComparison.Ordinal);
    }

    private async Task<string> ManifestAsync(string pipeline)
    {
        var members = JsonSerializer.Deserialize<Dictionary<string, object>>(
            """
            {"name":"one","parameters":[],"triggers":[],"coolDownMs":0,"nodes":[{"id":"fit","kind":"step","step":"Steps.Fit","source":null,"codeDigest":"",
             "inputs":[],"arguments":[],"outputs":[{"port":"value","type":"rondo/json"}],"cache":true,"maxAttempts":1,"timeoutMs":60000}]}
            """
        )!;
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, object>>(pipeline)!)
        {
            members[name] = value;
        }

        var file = Path.Combine(server.Folder, $"manifest-{pipeline.Length}.json");
        var manifest = new
        {
            formatVersion = 2,
            project = "Offline",
            sdkVersion = "0.1.0",
            datasets = Array.Empty<object>(),
            pipelines = new[] { members },
            endpoints = Array.Empty<object>(),
        };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(manifest), Cancellation);
        return file;
    }
}
