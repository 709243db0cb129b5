using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk;

/// <summary>A schema that a person edits stands for the attributes of the row type.</summary>
public sealed class SchemaFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    [Trait("Requirement", "R31")]
    [Trait("Requirement", "R39")]
    public void What_the_file_expects_is_what_a_run_validates_with_and_what_a_model_is_asked_with()
    {
        var app = MlApp.Create([], "weather");
        var days = app.Dataset<WeatherDay>("days")
            .ExpectedBy(
                Written(
                    """
                    {
                      "name": "days",
                      "columns": {
                        "Date": { "type": "date", "unique": true },
                        "Temperature": { "type": "number", "min": -40, "max": 50 },
                        "Sky": { "type": "text", "oneOf": ["clear", "grey"] }
                      }
                    }
                    """
                )
            );
        app.Pipeline("one", g => g.Validate(g.Ingest(days), days));

        var manifest = app.ToManifest();
        var validate = manifest.Pipelines[0].Nodes.Single(node => node.Id == "validate");
        var schema = validate.Arguments.Single(argument => argument.Name == "schema").Value!.Value;
        Assert.Equal(-40, schema.GetProperty("columns")[1].GetProperty("min").GetDouble());
        Assert.True(manifest.Datasets[0].Schema.Find("date")!.Unique);
        Assert.Equal(50, app.Pipelines[0].Graph.SchemaOf<WeatherDay>().Find("temperature")!.Max);
    }

    [Theory]
    [InlineData("""{ "name": "d", "columns": { "Date": { "type": "date" } } }""", "has no column 'Temperature'")]
    [InlineData(
        """{ "name": "d", "columns": { "Date": { "type": "text" }, "Temperature": { "type": "number" }, "Sky": { "type": "text" } } }""",
        "says that 'Date' is Text, and WeatherDay that it is Date"
    )]
    [InlineData(
        """{ "name": "d", "columns": { "Date": { "type": "date" }, "Temperature": { "type": "number", "nullable": true }, "Sky": { "type": "text" } } }""",
        "has no place for what is missing"
    )]
    [InlineData("""{ "name": "d", "colums": { } }""", "'colums' is no word of a schema")]
    public void A_file_that_does_not_fit_the_rows_is_told_when_it_is_declared(string text, string expected)
    {
        var days = MlApp.Create([], "weather").Dataset<WeatherDay>("days");

        var error = Assert.Throws<RondoException>(() => days.ExpectedBy(Written(text)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private string Written(string text)
    {
        File.WriteAllText(_file, text);
        return _file;
    }
}
