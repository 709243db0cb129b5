using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>The schema of the training rows looks at every request.</summary>
public sealed class RequestCheckTests
{
    private static readonly TableSchema s_schema = new(
        "rows",
        [
            new ColumnExpectation("X", ColumnType.Number, Min: 0, Max: 10.1),
            new ColumnExpectation("kind", ColumnType.Text, Domain: ["Ordinary", "Holiday"]),
        ]
    );

    [Theory]
    [Trait("Requirement", "R188")]
    [InlineData(10.1, "Holiday", null)]
    [InlineData(-0.5, "Ordinary", "X is -0.5, outside of 0 to 10.1")]
    [InlineData(1, "Strike", "kind is 'Strike', which is not expected")]
    [InlineData(11, "", "X is 11, outside of 0 to 10.1; kind is '', which is not expected")]
    public async Task Unexpected_values_are_answered_and_named(double x, string kind, string? expected)
    {
        await using var serving = await StartAsync(s_schema);

        var answer = await (await serving.InferAsync(x, kind: kind)).Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(2 * x, answer.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble(), 5);
        Assert.Equal(
            expected,
            answer.TryGetProperty("parameters", out var told) ? told.GetProperty("unexpected_values").GetString() : null
        );
        Assert.Equal(expected is null ? 0 : 1, await UnexpectedAsync(serving));
    }

    [Fact]
    [Trait("Requirement", "R188")]
    public async Task An_endpoint_that_says_so_refuses_them_and_a_release_can_change_its_mind()
    {
        await using var serving = await StartAsync(s_schema, rejects: true);

        var refused = await serving.InferAsync(99);
        var fine = await serving.InferAsync(9);
        await serving.ReleaseAsync(ServingHarness.Manifest(new RolloutPolicy([100], 0, 0, null, null)));
        await serving.SettleAsync();
        var answered = await serving.InferAsync(99);

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.OK),
            (refused.StatusCode, fine.StatusCode, answered.StatusCode)
        );
        Assert.Contains("outside of 0 to 10.1", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R37")]
    public async Task Rules_between_columns_hold_at_serving_too_and_each_row_is_named()
    {
        var signature = new ModelSignature(
            [new TensorSignature("x", "FP32", [-1]), new TensorSignature("from", "INT64", [-1])],
            TestModels.Signature.Outputs
        );
        await using var serving = await StartAsync(
            new TableSchema(
                "rows",
                [
                    new ColumnExpectation("from", ColumnType.Integer),
                    new ColumnExpectation("x", ColumnType.Number, Nullable: true),
                ]
            )
            {
                Rules = [new RowRule("from", "<=", "x")],
            },
            signature: signature
        );

        var answer = await serving.Client.PostAsJsonAsync(
            "/v2/models/line/infer",
            new
            {
                inputs = new object[]
                {
                    new
                    {
                        name = "from",
                        shape = new[] { 3 },
                        datatype = "INT64",
                        data = new object[] { 1, 5, 7 },
                    },
                    new
                    {
                        name = "x",
                        shape = new[] { 3 },
                        datatype = "FP32",
                        data = new object[] { 2, 4, "NaN" },
                    },
                },
            }
        );

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            "row 1: from <= x does not hold: 5 and 4",
            body.GetProperty("parameters").GetProperty("unexpected_values").GetString()
        );
    }

    [Fact]
    [Trait("Requirement", "R37")]
    public async Task Whole_numbers_that_a_double_cannot_tell_apart_are_compared_and_named_as_they_are()
    {
        const long Id = 1L << 53;
        var signature = new ModelSignature(
            [
                new TensorSignature("x", "FP32", [-1]),
                new TensorSignature("from", "INT64", [-1]),
                new TensorSignature("to", "INT64", [-1]),
            ],
            TestModels.Signature.Outputs
        );
        await using var serving = await StartAsync(
            new TableSchema(
                "rows",
                [new ColumnExpectation("from", ColumnType.Integer), new ColumnExpectation("to", ColumnType.Integer)]
            )
            {
                Rules = [new RowRule("from", "=", "to")],
            },
            signature: signature
        );

        var answer = await serving.Client.PostAsJsonAsync(
            "/v2/models/line/infer",
            new { inputs = new[] { Input("x", "FP32", 1), Input("from", "INT64", Id), Input("to", "INT64", Id + 1) } }
        );

        var told = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("parameters");
        Assert.Equal(
            "from = to does not hold: 9007199254740992 and 9007199254740993",
            told.GetProperty("unexpected_values").GetString()
        );

        static object Input(string name, string datatype, long value) =>
            new
            {
                name,
                shape = new[] { 1 },
                datatype,
                data = new[] { value },
            };
    }

    [Fact]
    public async Task Neither_case_nor_underscores_of_a_column_s_name_count()
    {
        var signature = new ModelSignature(
            [new TensorSignature("WindSpeed", "FP32", [-1]), new TensorSignature("gust_speed", "FP32", [-1])],
            TestModels.Signature.Outputs
        );
        await using var serving = await StartAsync(
            new TableSchema("rows", [new ColumnExpectation("wind_speed", ColumnType.Number, Max: 5)])
            {
                Rules = [new RowRule("wind_speed", "<", "GustSpeed")],
            },
            signature: signature
        );

        var answer = await serving.Client.PostAsJsonAsync(
            "/v2/models/line/infer",
            new { inputs = new[] { Input("WindSpeed", 6), Input("gust_speed", 2) } }
        );

        var told = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("parameters");
        Assert.Equal(
            "wind_speed is 6, outside of -Infinity to 5; wind_speed < GustSpeed does not hold: 6 and 2",
            told.GetProperty("unexpected_values").GetString()
        );

        static object Input(string name, double value) =>
            new
            {
                name,
                shape = new[] { 1 },
                datatype = "FP32",
                data = new[] { value },
            };
    }

    [Fact]
    public async Task What_is_missing_is_unexpected_only_where_it_may_not_be()
    {
        await using var serving = await StartAsync(s_schema);

        var answer = await serving.Client.PostAsJsonAsync(
            "/v2/models/line/infer",
            new
            {
                inputs = new object[]
                {
                    new
                    {
                        name = "x",
                        shape = new[] { 1 },
                        datatype = "FP32",
                        data = new object[] { "NaN" },
                    },
                    new
                    {
                        name = "kind",
                        shape = new[] { 1 },
                        datatype = "BYTES",
                        data = new object[] { "Holiday" },
                    },
                },
            }
        );

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("X is missing", body.GetProperty("parameters").GetProperty("unexpected_values").GetString());
    }

    private static async Task<ServingHarness> StartAsync(
        TableSchema schema,
        bool rejects = false,
        ModelSignature? signature = null
    )
    {
        var serving = await ServingHarness.StartAsync();
        await serving.RegisterAsync(new LineModel(2, 0), signature, schema);
        await serving.ReleaseAsync(
            ServingHarness.Manifest(new RolloutPolicy([100], 0, 0, null, null)) with
            {
                RejectsUnexpected = rejects,
            }
        );
        await serving.SettleAsync();
        return serving;
    }

    private static async Task<long> UnexpectedAsync(ServingHarness serving)
    {
        var shown = await serving.Client.GetFromJsonAsync<JsonElement>("/api/v1/endpoints/line");
        return shown.GetProperty("deployments")[0].GetProperty("unexpected").GetInt64();
    }
}
