using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class ManifestTests
{
    [Fact]
    public void A_manifest_says_everything_that_is_declared_and_survives_its_json()
    {
        var manifest = Weather.Declare().ToManifest();
        var json = JsonSerializer.Serialize(manifest, RondoJson.Options);
        var again = JsonSerializer.Deserialize<Manifest>(json, RondoJson.Options)!;

        Assert.Equal(json, JsonSerializer.Serialize(again, RondoJson.Options));
        Assert.Equal("weather", again.Project);
        Assert.Equal("date", again.Datasets.Single().EventTime, ignoreCase: true);
        var train = again.Pipelines[0];
        Assert.Equal(["windowDays", "damping"], train.Parameters.Select(parameter => parameter.Name));
        Assert.Equal(["schedule", "new-rows"], train.Triggers.Select(trigger => trigger.Kind));
        Assert.Equal(86_400_000, train.CoolDownMs);
        var fit = train.Nodes.Single(node => node.Id == "fit");
        Assert.Equal("damping", Assert.Single(fit.Arguments).Parameter);
        Assert.Equal(new InputManifest("rows", "rondo/table", "part", "warm"), Assert.Single(fit.Inputs));
        Assert.Equal(64, fit.CodeDigest.Length);
    }

    [Fact]
    public void Nodes_stand_after_what_they_need_and_repeated_ones_get_a_number()
    {
        var nodes = Weather.Declare().ToManifest().Pipelines.Single(pipeline => pipeline.Name == "trouble").Nodes;

        Assert.Equal(
            ["days", "ingest", "validate", "features", "fit", "fail", "fit-2", "hang"],
            nodes.Select(node => node.Id)
        );
    }

    [Fact]
    public void Mistakes_of_a_declaration_are_told_where_they_are_made()
    {
        var app = MlApp.Create([], "weather");
        var days = app.Dataset<WeatherDay>("days");

        Told("no valid", () => MlApp.Create([], "My Project"), "is not valid");
        Told("two datasets", () => app.Dataset<WeatherDay>("days"), "two datasets named 'days'");
        Told("an empty pipeline", () => app.Pipeline("empty", _ => { }), "there is no step");
        Told("cron of four fields", () => Trigger.Schedule("0 3 * *"), "it has 4 fields");
        Told("a minute too many", () => Trigger.Schedule("60 3 * * *"), "'60' is not a minute");
        Told("a time zone", () => Trigger.Schedule("0 3 * * *", "Mars/Olympus"), "'Mars/Olympus' is not known");
        Told("no rows", () => Trigger.NewRows(days, 0), "cannot wait for 0 rows");
        Told("falling percent", () => app.Endpoint("e").Canary([50, 10, 100]), "[50, 10, 100]");
        Told("no end", () => app.Endpoint("f").Canary([10, 50]), "rise to 100");
        Told("no metric", () => app.Endpoint("g").Monitor(m => m.Quality()), "exactly one limit");
        Told("a twin", () => app.Endpoint("g"), "two endpoints named 'g'");
    }

    [Fact]
    public void Names_of_things_that_are_not_declared_are_told()
    {
        var app = MlApp.Create([], "weather");
        var days = app.Dataset<WeatherDay>("days");
        app.Pipeline("train", graph => graph.Ingest(days)).On(Trigger.Drift("temperature"));
        Told("the endpoint of a trigger", () => app.ToManifest(), "endpoint 'temperature', which is not declared");

        app.Endpoint("temperature");
        Told(
            "the model of an endpoint",
            () => app.ToManifest(),
            "serves model 'temperature', which no pipeline registers"
        );
    }

    [Fact]
    public void Nodes_of_two_pipelines_cannot_be_wired()
    {
        var app = MlApp.Create([], "weather");
        var days = app.Dataset<WeatherDay>("days");
        Ref<RawTable>? other = null;
        app.Pipeline("one", graph => other = graph.Ingest(days));

        Told("a foreign input", () => app.Pipeline("two", graph => graph.Describe(other!)), "of another pipeline");
    }

    [Theory]
    [InlineData("*/5 0-6,22 1 JAN-MAR MON")]
    [InlineData("0 3 * * 7")]
    public void Good_cron_lines_pass(string cron) => Assert.NotNull(Trigger.Schedule(cron));

    private static void Told(string mistake, Func<object> declare, string expected)
    {
        var error = Record.Exception(declare);
        Assert.True(error is RondoException, mistake);
        Assert.Contains(expected, error.Message);
        Assert.NotNull(((RondoException)error).Mend);
    }
}
