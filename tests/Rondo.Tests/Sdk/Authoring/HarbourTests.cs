using System.Text.Json;
using System.Text.RegularExpressions;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>
/// The manifest of a project that uses every construct, as a whole: what servers and other programs read. A wanted change is accepted with
/// RONDO_ACCEPT_GOLDEN=1.
/// </summary>
public sealed partial class HarbourTests
{
    private const string Accept = "RONDO_ACCEPT_GOLDEN";

    [Fact]
    public void The_manifest_of_every_construct_is_as_it_was_accepted()
    {
        var file = Path.Combine(Repository.Root, "tests", "Rondo.Tests", "Sdk", "Authoring", "harbour.json");
        var json = JsonSerializer.Serialize(Harbour.Declare().ToManifest(), RondoJson.Indented);
        var actual = CodeDigest().Replace(json, "\"codeDigest\": \"…\"") + "\n";
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(file, actual);
            return;
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }

    [Fact]
    public void The_manifest_survives_its_json_and_has_no_problem_that_a_server_would_refuse()
    {
        var json = JsonSerializer.Serialize(Harbour.Declare().ToManifest(), RondoJson.Options);
        var again = JsonSerializer.Deserialize<Manifest>(json, RondoJson.Options)!;

        Assert.Equal(json, JsonSerializer.Serialize(again, RondoJson.Options));
        Assert.All(again.Pipelines, pipeline => Assert.Null(ShapeProblems.Find(pipeline)));
    }

    [Fact]
    public async Task Every_construct_runs()
    {
        using var folder = new TestFolder();
        string[] given =
        [
            "--set",
            "count=3",
            "--set",
            "dry=true",
            "--answer",
            "release=yes",
            "--secret",
            "chat-token=x",
        ];
        var log = new StringWriter();
        var run = await new LocalRunner(
            Harbour.Declare(),
            LocalOptions.Parse(["forecast", "--folder", folder.Of("local"), "--partition", "2024-05-01", .. given]),
            TimeProvider.System,
            TextWriter.Synchronized(log)
        ).RunAsync(TestContext.Current.CancellationToken);

        Assert.True(run.State == LocalState.Succeeded, LocalReport.Of(run) + log);
        // The gauges' errors are 67, 69 and 71: 69 on average, and on a calm day less the lowest.
        Assert.Equal("[67,69,71]", Json("per-gauge", "error"));
        Assert.Equal(2, Node("when-is-calm-value").Outputs["value"].Summary!.Value.GetProperty("rmse").GetDouble());
        Assert.Equal(
            ["when-is-calm-otherwise", "when-when-is-calm-value", "part-only", "when-release-otherwise"],
            run.Nodes.Where(node => node.State == LocalState.Skipped && !node.Id.Contains('.')).Select(node => node.Id)
        );
        Assert.Equal(2, run.Nodes.Count(node => node.Id.StartsWith("when-dry.days.", StringComparison.Ordinal)));
        Assert.Contains("go: yes 2 ", log.ToString());
        Assert.Contains("succeeded:   ", log.ToString());

        LocalNode Node(string id) => run.Nodes.Single(node => node.Id == id);

        string Json(string loop, string step) =>
            "["
            + string.Join(
                ",",
                Enumerable.Range(0, 3).Select(item => Node($"{loop}.{item}.{step}").Outputs["value"].Summary)
            )
            + "]";
    }

    [GeneratedRegex("\"codeDigest\": \"[0-9a-f]{64}\"", RegexOptions.None, 1000)]
    private static partial Regex CodeDigest();
}
