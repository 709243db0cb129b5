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

    [GeneratedRegex("\"codeDigest\": \"[0-9a-f]{64}\"", RegexOptions.None, 1000)]
    private static partial Regex CodeDigest();
}
