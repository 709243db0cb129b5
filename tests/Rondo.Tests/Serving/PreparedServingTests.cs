using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using Rondo.Testing;
using Rondo.Tests.Data;

namespace Rondo.Tests.Serving;

/// <summary>A server prepares requests with the code and the numbers that training prepared its rows with.</summary>
public sealed class PreparedServingTests
{
    private static readonly PreparationRecipe s_recipe = new PreparationRecipe()
        .Copy("text", "rest")
        .Copy("text", "words")
        .Copy("text", "kind")
        .Copy("text", "said")
        .Copy("number", "raw")
        .TargetEncode("kind", "target", new TargetOptions(Smoothing: 2, Folds: 3))
        .Impute("number", Fill.Median, indicator: true)
        .Clip("number", 0.05, 0.95)
        .Scale("number", Scaling.Standard)
        .Impute("flag", Fill.MostFrequent)
        .Ordinal("said")
        .OneHot("text", categoriesMax: 8)
        .HashWords("words", 5)
        .DateParts("day", DateParts.Month | DateParts.WeekdayCycle)
        .DateParts("instant", DateParts.Hour | DateParts.HourCycle)
        .Balance("flag", Balancing.Up, seed: 3)
        .Drop("target");

    // Without a text that stays one: vectors are of numbers.
    private static readonly PreparationRecipe s_numbers = s_recipe.Drop("rest");

    [Theory]
    [Trait("Requirement", "R40")]
    [Trait("Requirement", "R41")]
    [Trait("Requirement", "R42")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_served_answer_is_to_the_bit_the_one_that_prepared_rows_get_offline(bool asVector)
    {
        var training = Training(40);
        var preparation = (asVector ? s_numbers : s_recipe).Fit(training);
        using var step = new TestStep();
        var model = PreparedModels.Make(
            step,
            preparation,
            training,
            asVector ? PreparedModels.Vector : PreparedModels.Inputs
        );
        await using var serving = await StartAsync(model);
        Assert.Equal(
            ["number", "integer", "flag", "day", "instant", "text"],
            model.Description.Signature.Inputs.Select(input => input.Name)
        );

        await Tables
            .Any.Where(table => table.RowCount > 0)
            .SampleAsync(
                async rows =>
                {
                    // Offline from the artifact that was stored, on the whole table.
                    var prepared = Preparation.FromJson(preparation.ToJson()).Apply(rows);
                    var expected = PreparedModels.Offline(prepared, model.Description.Preparation!.Inputs);

                    var whole = await AnswersAsync(serving, model, rows);
                    var last = await AnswersAsync(serving, model, rows.Slice(rows.RowCount - 1, 1));

                    Assert.Equal(Bits(expected), Bits(whole));
                    Assert.Equal(Bits(expected[^1..]), Bits(last));
                },
                iter: 40
            );
    }

    [Fact]
    [Trait("Requirement", "R41")]
    public async Task What_the_preparation_cannot_take_is_refused_with_the_name_of_its_column()
    {
        var training = Training(20);
        var recipe = new PreparationRecipe()
            .OneHot("text", categoriesMax: 100, UnknownCategory.Refuse)
            .DateParts("day", DateParts.Day)
            .DateParts("instant", DateParts.Day)
            .Drop("target", "number", "integer");
        using var step = new TestStep();
        var model = PreparedModels.Make(step, recipe.Fit(training), training, PreparedModels.Inputs);
        await using var serving = await StartAsync(model);
        var good = training.Slice(0, 1);

        async Task RefusedAsync(Table row, params string[] words)
        {
            var (status, body) = await PostAsync(serving, PreparedModels.Request(row, model.Description.Signature));
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.All(words, word => Assert.Contains(word, body.GetProperty("error").GetString()));
        }

        Assert.Single(await AnswersAsync(serving, model, good));
        await RefusedAsync(good.With(Column.Of("text", ["hail"])), "oneHot", "'text'", "'hail'");
        await RefusedAsync(good.With(Column.Of("day", ["tomorrow"])), "'day'", "'tomorrow'", "row 1", "no date");
        await RefusedAsync(good.With(Column.Of("instant", ["9 o'clock"])), "'instant'", "no timestamp");
        await RefusedAsync(good.With(Column.Of("flag", new bool?[] { null })), "'flag'", "no value in row 1");
        Assert.Single(await AnswersAsync(serving, model, good));
    }

    [Fact]
    public async Task A_model_without_a_preparation_takes_no_null()
    {
        var training = Training(5).Pick("number");
        using var step = new TestStep();
        await using var serving = await StartAsync(
            PreparedModels.Plain(step, training, PreparedModels.Inputs(training))
        );

        var (status, body) = await PostAsync(
            serving,
            """{"inputs": [{"name": "number", "shape": [1], "datatype": "FP32", "data": [null]}]}"""
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Element 0 of input 'number' is not a number", body.GetProperty("error").GetString());
    }

    [Fact]
    [Trait("Requirement", "R41")]
    public async Task A_version_whose_preparation_is_another_than_its_example_s_gets_no_traffic()
    {
        var training = Training(20);
        var recipe = new PreparationRecipe().Impute("number", Fill.Mean).Scale("number", Scaling.Standard);
        using var step = new TestStep();
        var raw = training.Pick("number");
        var model = PreparedModels.Make(step, recipe.Fit(raw), raw, PreparedModels.Inputs);
        var other = recipe.Fit(raw.Slice(0, 7)).ToJson();
        using var bundle = new MemoryStream();
        model.WriteBundle(bundle);
        using (
            var zip = new System.IO.Compression.ZipArchive(bundle, System.IO.Compression.ZipArchiveMode.Update, true)
        )
        {
            zip.GetEntry(ModelPreparation.File)!.Delete();
            using var writer = new StreamWriter(zip.CreateEntry(ModelPreparation.File).Open());
            writer.Write(other);
        }

        var path = Path.Combine(step.Folder, "other.zip");
        File.WriteAllBytes(path, bundle.ToArray());
        await using var serving = await StartAsync(Model.Open(path));

        var (status, _) = await PostAsync(
            serving,
            PreparedModels.Request(raw.Slice(0, 1), model.Description.Signature)
        );
        Assert.NotEqual(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task What_is_missing_is_told_by_the_schema_of_the_raw_columns()
    {
        var raw = Training(20).Pick("number", "text");
        var recipe = new PreparationRecipe().Impute("number", Fill.Mean).OneHot("text");
        using var step = new TestStep();
        var model = PreparedModels.Make(step, recipe.Fit(raw), raw, PreparedModels.Inputs);
        var schema = new TableSchema(
            "rows",
            [
                new ColumnExpectation("number", ColumnType.Number) { Nullable = true },
                new ColumnExpectation("text", ColumnType.Text) { Domain = ["a", "b"] },
            ]
        );
        await using var serving = await StartAsync(model, schema);
        var missing = new Table(Column.Of("number", new double?[] { null }), Column.Of("text", new string?[] { null }));

        var (status, body) = await PostAsync(serving, PreparedModels.Request(missing, model.Description.Signature));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("text is missing", body.GetProperty("parameters").GetProperty("unexpected_values").GetString());
    }

    // Rows with every kind of value (an empty text is a category, a missing one is none), a target, and classes of several sizes.
    private static Table Training(int rows) =>
        new(
            Column.Of("number", Enumerable.Range(0, rows).Select(i => i % 6 == 5 ? (double?)null : (i * 1.7) - 9)),
            Column.Of("integer", Enumerable.Range(0, rows).Select(i => i % 7 == 6 ? (long?)null : i * 11)),
            Column.Of("flag", Enumerable.Range(0, rows).Select(i => (bool?)(i % 3 == 0))),
            Column.Of("day", Enumerable.Range(0, rows).Select(i => (DateOnly?)new DateOnly(2024, 2, 20).AddDays(i))),
            Column.Of(
                "instant",
                Enumerable
                    .Range(0, rows)
                    .Select(i =>
                        (DateTimeOffset?)new DateTimeOffset(2024, 2, 29, i % 24, 0, 0, TimeSpan.Zero).AddTicks(10 * i)
                    )
            ),
            Column.Of(
                "text",
                Enumerable
                    .Range(0, rows)
                    .Select(i =>
                        i % 5 == 4 ? "a,b"
                        : i % 5 == 3 ? ""
                        : "word " + (i % 4)
                    )
            ),
            Column.Of("target", Enumerable.Range(0, rows).Select(i => (double)(i % 4)))
        );

    private static async Task<ServingHarness> StartAsync(Model model, TableSchema? schema = null)
    {
        var serving = await ServingHarness.StartAsync(services => services.AddSingleton<IModelRuntime, SumRuntime>());
        await PreparedModels.ServeAsync(serving, model, schema);
        return serving;
    }

    private static async Task<double[]> AnswersAsync(ServingHarness serving, Model model, Table rows)
    {
        var (status, body) = await PostAsync(serving, PreparedModels.Request(rows, model.Description.Signature));
        Assert.True(status == HttpStatusCode.OK, body.GetRawText());
        return [.. body.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(y => y.GetDouble())];
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(ServingHarness serving, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await serving.Client.PostAsync("/v2/models/line/infer", content);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static long[] Bits(double[] values) => [.. values.Select(BitConverter.DoubleToInt64Bits)];
}
