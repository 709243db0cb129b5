using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Sdk;

/// <summary>A model bundle with the preparation of its rows.</summary>
public sealed class PreparedModelTests
{
    private static readonly Table s_rows = new(
        Column.Of("id", [1L, 2, 3, 4]),
        Column.Of("sky", new[] { "rain", "clear", null, "rain" }),
        Column.Of("temp", new double?[] { null, 3, 4.5, 6 }),
        Column.Of("at", new DateTimeOffset?[] { At(1), At(2), At(3), At(4) }),
        Column.Of("count", [0.0, 1, 2, 3])
    );

    private static readonly PreparationRecipe s_recipe = new PreparationRecipe()
        .TargetEncode("sky", "count")
        .Impute("temp", Fill.Mean, indicator: true)
        .DateParts("at", DateParts.Day)
        .Drop("count", "id");

    [Fact]
    [Trait("Requirement", "R41")]
    public void A_bundle_carries_its_preparation_and_describes_the_raw_columns_that_it_needs()
    {
        using var step = new TestStep();
        var model = PreparedModels.Make(step, s_recipe.Fit(s_rows), s_rows, PreparedModels.Inputs);

        var opened = Model.Open(Written(step, model.TrainedTo(new DateOnly(2024, 5, 4))));

        var description = opened.Description;
        Assert.Equal(
            [("sky", "BYTES"), ("temp", "FP64"), ("at", "BYTES")],
            description.Signature.Inputs.Select(input => (input.Name, input.DataType))
        );
        Assert.Equal(
            """{"sky":"rain","temp":null,"at":"2024-05-01T06:00:00.000000Z"}""",
            JsonSerializer.Serialize(description.Example.Inputs, RondoJson.Options)
        );
        Assert.Equal(
            [("sky", ColumnType.Text), ("temp", ColumnType.Number), ("at", ColumnType.Timestamp)],
            description.Preparation!.Columns.Select(column => (column.Name, column.Type))
        );
        Assert.Equal(
            ["sky", "temp", "at_day", "temp_missing"],
            description.Preparation.Inputs.Select(input => input.Name)
        );
        Assert.Equal(new DateOnly(2024, 5, 4), description.TrainedTo);
        Assert.Equal(s_recipe.Fit(s_rows).ToJson(), opened.Preparation!.ToJson());
        Assert.Equal(["y"], description.Signature.Outputs.Select(output => output.Name));
        using var file = new StreamReader(opened.OpenFile());
        Assert.Equal("sum", file.ReadToEnd());
    }

    [Fact]
    public void Equal_models_with_equal_preparations_are_equal_bytes()
    {
        using var step = new TestStep();
        byte[] Bytes() =>
            File.ReadAllBytes(
                Written(step, PreparedModels.Make(step, s_recipe.Fit(s_rows), s_rows, PreparedModels.Inputs))
            );

        Assert.Equal(Bytes(), Bytes());
    }

    [Fact]
    public void A_description_that_an_earlier_version_wrote_has_no_preparation()
    {
        using var step = new TestStep();
        var plain = PreparedModels.Plain(step, s_rows.Pick("temp"), PreparedModels.Inputs(s_rows.Pick("temp")));

        Assert.DoesNotContain(
            "preparation",
            JsonSerializer.Serialize(plain.Description, RondoJson.Options),
            StringComparison.OrdinalIgnoreCase
        );
        Assert.Null(Model.Open(plain.BundlePath).Preparation);
    }

    [Fact]
    [Trait("Requirement", "R42")]
    public void A_preparation_that_needs_history_cannot_go_into_a_bundle()
    {
        using var step = new TestStep();
        var recipe = new PreparationRecipe().Lag("temp", 1, "sky", "at").RollingMean("count", 2, "sky", "at");
        var preparation = recipe.Fit(s_rows);
        var prepared = preparation.Apply(s_rows.Slice(0, 1)).Pick("count", "temp_lag1");
        var model = PreparedModels.Plain(step, prepared, PreparedModels.Inputs(prepared));

        var error = Assert.Throws<RondoException>(() => model.With(preparation, s_rows.Slice(0, 1)));

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("need the rows before a row (lag, rollingMean); a request has none", error.Message);
    }

    [Fact]
    [Trait("Requirement", "R41")]
    public void What_does_not_fit_the_example_of_the_model_is_refused()
    {
        using var step = new TestStep();
        var preparation = s_recipe.Fit(s_rows);
        var row = s_rows.Slice(0, 1);
        var prepared = preparation.Apply(row);
        var model = PreparedModels.Plain(step, prepared, PreparedModels.Inputs(prepared));

        void Refused(Model refused, Preparation given, Table rows, string expected) =>
            Assert.Contains(expected, Assert.Throws<RondoException>(() => refused.With(given, rows)).Message);

        Refused(model, preparation, s_rows, "one row, and the table has 4");
        Refused(model, preparation, s_rows.Slice(1, 1), "'sky' is ");
        Refused(model, s_recipe.Fit(s_rows.Slice(0, 3)), row, "in the example, and column '");
        Refused(model, preparation, row.Drop("sky"), "There is no column 'sky'");
        Refused(model, new PreparationRecipe().Fit(row), row, "takes 'sky' as FP32, but column 'sky' is Text");
        Refused(model, s_recipe.Drop("at_day").Fit(s_rows), row, "takes 1 values in a row as 'at_day'");
        Refused(model.With(preparation, row), preparation, row, "has a preparation already");
    }

    [Fact]
    public void The_file_of_a_model_cannot_be_called_as_its_preparation()
    {
        using var step = new TestStep();
        var description = new ModelDescription("x", ModelPreparation.File, "x", new([], []), new(Nothing, Nothing));

        var error = Assert.Throws<RondoException>(() => Model.Save(step.Context, description, _ => { }));

        Assert.Contains("'preparation.json' is not a name for a model file", error.Message);
    }

    private static Dictionary<string, JsonElement> Nothing => new(StringComparer.Ordinal);

    private static DateTimeOffset At(int day) => new(2024, 5, day, 6, 0, 0, TimeSpan.Zero);

    private static string Written(TestStep step, Model model)
    {
        var path = Path.Combine(step.Folder, Path.GetRandomFileName());
        using var stream = File.Create(path);
        model.WriteBundle(stream);
        return path;
    }
}
