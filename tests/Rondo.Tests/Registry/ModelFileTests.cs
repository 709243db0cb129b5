using System.Text;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Registry;
using Rondo.Registry.Cards;
using Rondo.Registry.Clients;
using Rondo.Registry.Clients.Formats;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Registry;

/// <summary>Versions of MLflow's clients tell what their files say, and nothing of them is loaded.</summary>
public sealed class ModelFileTests
{
    private const string Described = """
        artifact_path: model
        flavors:
          python_function:
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: mlflow.sklearn
            model_path: model.pkl
            python_version: 3.11.7
          sklearn:
            code: null
            pickled_model: model.pkl
            serialization_format: cloudpickle
            sklearn_version: 1.5.2
        mlflow_version: 3.11.0
        model_size_bytes: 1234
        saved_input_example_info:
          artifact_path: input_example.json
          type: dataframe
        signature:
          inputs: '[{"type": "double", "name": "temperature", "required": true}, {"type": "string",
            "name": "shift", "required": false}, {"type": "array", "items": {"type": "long"}, "name": "lags"}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]'
          params: '[{"name": "quantile", "type": "double", "default": 0.5, "shape": null}]'
        utc_time_created: '2024-05-01 10:00:00.000000'
        """;

    [Fact]
    [Trait("Requirement", "R133")]
    public async Task A_version_tells_how_it_is_loaded_what_it_takes_and_what_it_needs()
    {
        await using var server = await TrackingHarness.StartAsync();

        var files = (
            await RegisterAsync(
                server,
                Described,
                "# pinned\n--extra-index-url https://ann:secret@packages/simple\nscikit-learn==1.5.2\n\n"
                    + "own @ https://ann:secret@packages/own.whl\n"
            )
        ).GetProperty("files");

        Assert.Equal(3, files.GetProperty("files").GetInt32());
        Assert.True(files.GetProperty("bytes").GetInt64() > Described.Length);
        var told = files.GetProperty("description");
        Assert.Equal(["python_function", "sklearn 1.5.2"], Texts(told, "flavors"));
        Assert.Equal(["scikit-learn==1.5.2", "own @ https://packages/own.whl"], Texts(told, "requirements"));
        Assert.Equal("3.11.7", told.GetProperty("pythonVersion").GetString());
        Assert.Equal("input_example.json", told.GetProperty("inputExample").GetString());
        Assert.Equal(
            ["temperature double True", "shift string False", "lags array of long True"],
            told.GetProperty("inputs")
                .EnumerateArray()
                .Select(c => $"{c.GetProperty("name")} {c.GetProperty("type")} {c.GetProperty("required")}")
        );
        Assert.Equal("[-1,2]", told.GetProperty("outputs")[0].GetProperty("shape").GetRawText());
        Assert.False(told.GetProperty("parameters")[0].GetProperty("required").GetBoolean());
    }

    [Theory]
    [InlineData("flavors: [", "line 2")]
    [InlineData("- a\n- b", "one map")]
    [InlineData("artifact_path: model", "flavors")]
    [InlineData("flavors: {python_function: {}}\nsignature: {inputs: '[{]'}", "inputs")]
    [InlineData("flavors: {python_function: {}}\nsignature: {inputs: '[1]'}", "inputs")]
    [InlineData("a: &a [x]\na: *a\nflavors: {}", "MLmodel")]
    public async Task What_cannot_be_read_is_told_and_the_version_is_still_found(string text, string problem)
    {
        await using var server = await TrackingHarness.StartAsync();

        var files = (await RegisterAsync(server, text, null)).GetProperty("files");

        Assert.False(files.TryGetProperty("description", out var told) && told.ValueKind == JsonValueKind.Object);
        Assert.Contains(problem, files.GetProperty("problem").GetString()!, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Hostile { get; } =
        new()
        {
            // Each of them would end the process, were it read as it stands.
            { "flavors: " + new string('[', 100_000), "deeper than 64 levels in line 1" },
            {
                string.Concat(Enumerable.Range(0, 500).Select(i => new string(' ', i) + "a:\n")),
                "deeper than 64 levels"
            },
            { "flavors:\n  ? &a [*a]\n  : x", "a key that is no text in line 2" },
            { "flavors:\n  a: &a {b: c}\n  ? *a\n  : x", "a key that is no text in line 3" },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task What_would_end_the_process_is_refused_before_it_is_read(string text, string problem)
    {
        await using var server = await TrackingHarness.StartAsync();

        var files = (await RegisterAsync(server, text, "")).GetProperty("files");

        Assert.Contains(problem, files.GetProperty("problem").GetString());
    }

    [Fact]
    public void A_value_that_is_written_once_and_named_again_is_read()
    {
        var read = MlmodelFile.Read("flavors:\n  a: &a {a_version: '1'}\n  b: *a\n", null);

        Assert.Equal(["a 1", "b 1"], read.Flavors);
    }

    [Fact]
    public void A_type_that_the_file_names_is_a_text()
    {
        var told = MlmodelFile.Read(
            "flavors: !!python/object/apply:os.system\n  evil: {evil_version: !!python/name:os.system x}\n",
            null
        );

        Assert.Equal(["evil x"], told.Flavors);
    }

    [Fact]
    public async Task Files_at_another_place_are_not_read()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("registered-models/create", new { name = "price" });
        await server.PostAsync("model-versions/create", new { name = "price", source = "s3://bucket/model" });

        var version = await server.GetAsync("/api/v1/projects/mlflow/models/price/versions/1");

        Assert.False(version.TryGetProperty("files", out var files) && files.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    [Trait("Requirement", "R138")]
    public async Task The_card_of_a_client_s_model_shows_what_was_registered_and_what_its_files_say()
    {
        await using var server = await TrackingHarness.StartAsync();
        await RegisterAsync(server, Described, "numpy\n");
        await server.PostAsync(
            "model-versions/set-tag",
            new
            {
                name = "price",
                version = "1",
                key = "team",
                value = "<b>",
            }
        );
        await server.PostAsync("model-versions/create", new { name = "price", source = "s3://bucket/model" });
        const string Card = "/api/v1/projects/mlflow/models/price/card";

        var kept = (await server.GetAsync(Card + "?version=1")).GetProperty("version");
        var elsewhere = (await server.GetAsync(Card)).GetProperty("version");
        var page = await server.Client.GetStringAsync(Card + "?version=1&format=html");

        Assert.Equal("pending", kept.GetProperty("state").GetString());
        Assert.Equal("pending", kept.GetProperty("decisions")[0].GetProperty("to").GetString());
        Assert.Equal("<b>", kept.GetProperty("tags").GetProperty("team").GetString());
        Assert.Equal(["numpy"], Texts(kept.GetProperty("files").GetProperty("description"), "requirements"));
        Assert.Equal(2, elsewhere.GetProperty("version").GetInt64());
        Assert.Equal("s3://bucket/model", elsewhere.GetProperty("source").GetString());
        Assert.Contains("mlflow-artifacts:/0/", page, StringComparison.Ordinal);
        Assert.Contains("<td>python_function, sklearn 1.5.2</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>&lt;b&gt;</td>", page, StringComparison.Ordinal);
        Assert.Contains("registered by a client", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_of_a_client_that_is_not_there_or_was_deleted_has_no_card()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.PostAsync("registered-models/create", new { name = "price" });
        var cards = server.Get<CardReader>();
        var key = new ModelKey("mlflow", "production", "price");

        var missing = await Assert.ThrowsAsync<RondoException>(() => cards.ReadAsync(key, 1, null, Caller.Local));
        Assert.Null((await cards.ReadAsync(key, null, null, Caller.Local)).Version);
        await server.PostAsync("model-versions/create", new { name = "price", source = "s3://bucket/model" });
        await server.Get<RegisteredVersionStore>().DeleteAsync("price", 1, Actor.Local);
        var deleted = await Assert.ThrowsAsync<RondoException>(() => cards.ReadAsync(key, 1, null, Caller.Local));

        Assert.Equal(ErrorCode.NotFound, missing.Code);
        Assert.Contains("rondo models show price --project mlflow", missing.Message, StringComparison.Ordinal);
        Assert.Contains("was deleted", deleted.Message, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RegisterAsync(TrackingHarness server, string described, string? requirements)
    {
        var run = await server.NewRunAsync();
        var root = $"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model";
        await PutAsync(server, $"{root}/MLmodel", described);
        await PutAsync(server, $"{root}/data/model.pkl", "not a pickle");
        if (requirements is not null)
        {
            await PutAsync(server, $"{root}/requirements.txt", requirements);
        }

        await server.PostAsync("registered-models/create", new { name = "price" });
        await server.PostAsync(
            "model-versions/create",
            new
            {
                name = "price",
                source = $"mlflow-artifacts:/0/{run}/artifacts/model",
                run_id = run,
            }
        );
        return await server.GetAsync("/api/v1/projects/mlflow/models/price/versions/1");
    }

    private static async Task PutAsync(TrackingHarness server, string address, string text)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        using var answer = await server.Client.PutAsync(address, content);
        answer.EnsureSuccessStatusCode();
    }

    private static IEnumerable<string?> Texts(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(text => text.GetString());
}
