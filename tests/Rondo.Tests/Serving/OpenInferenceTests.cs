using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

public sealed class OpenInferenceTests
{
    [Fact]
    [Trait("Requirement", "R197")]
    public async Task Health_metadata_and_readiness_say_what_is_served()
    {
        await using var serving = await StartAsync();

        Assert.Equal("rondo", (await GetAsync(serving, "/v2")).GetProperty("name").GetString());
        Assert.True((await GetAsync(serving, "/v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await GetAsync(serving, "/v2/health/ready")).GetProperty("ready").GetBoolean());
        Assert.True((await GetAsync(serving, "/v2/models/line/ready")).GetProperty("ready").GetBoolean());
        var model = await GetAsync(serving, "/v2/models/line/versions/1");
        Assert.Equal(
            """
            {"name":"line","versions":["1"],"platform":"line","inputs":[{"name":"x","datatype":"FP32","shape":[-1]},{"name":"kind","datatype":"BYTES","shape":[-1]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1]}]}
            """,
            model.GetRawText()
        );
    }

    [Fact]
    [Trait("Requirement", "R179")]
    public async Task A_batch_is_answered_row_by_row_with_the_id_of_the_request()
    {
        await using var serving = await StartAsync();

        var (status, body) = await PostAsync(
            serving,
            """
            {"inputs": [
              {"data": [["a"], ["b"], ["c"]], "name": "kind", "datatype": "BYTES", "shape": [3, 1]},
              {"name": "x", "shape": [3], "datatype": "FP32", "data": [1, 2.5, "NaN"], "parameters": {"unit": "m"}}
             ], "id": "abc", "parameters": {"event_time": "2010-03-01", "other": [1]}, "outputs": [{"name": "y"}], "extra": {}}
            """
        );

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"model_name":"line","model_version":"1","id":"abc","outputs":[{"name":"y","datatype":"FP32","shape":[3],"data":[2,5,"NaN"]}]}""",
            body.GetRawText()
        );
    }

    [Fact]
    public async Task A_request_without_an_id_gets_one()
    {
        await using var serving = await StartAsync();

        var answer = await (await serving.InferAsync(1)).Content.ReadFromJsonAsync<JsonElement>();

        Assert.StartsWith("inf_", answer.GetProperty("id").GetString());
    }

    [Theory]
    [Trait("Requirement", "R188")]
    [InlineData("", "The body is not")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("""{"inputs": [}""", "not valid JSON (line 1, byte 13)")]
    [InlineData("""{"inputs": []} x""", "not valid JSON")]
    [InlineData("""{"inputs": []}""", "2 inputs are missing: x, kind.")]
    [InlineData("""{"inputs": [X]}""", "Input 'kind' is missing. It takes 2 inputs: x (FP32), kind (BYTES).")]
    [InlineData("""{"inputs": [X, X]}""", "Input 'x' is there twice.")]
    [InlineData("""{"inputs": [X, {"name": "z"}]}""", "The model takes no input 'z'.")]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": [1]}]}""",
        "Input 'x' is of datatype FP64, but the model takes FP32. Send \"datatype\": \"FP32\"."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [1], "datatype": "UINT8", "data": [1]}]}""",
        "The datatype of input 'x' is 'UINT8'."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1]}]}""",
        "Input 'x' has 1 elements where its shape says 2."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1, 2]}]}""",
        "Input 'x' has more elements where its shape says 1."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]}""",
        "Input 'x' has 2 elements in a row, but the model takes 1."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": ["warm"]}]}""",
        "Element 0 of input 'x' is not a number"
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [], "datatype": "FP32", "data": []}]}""",
        "The shape of input 'x' is empty."
    )]
    [InlineData(
        """{"inputs": [{"name": "x", "shape": [99999], "datatype": "FP32", "data": []}]}""",
        "Input 'x' has 99999 rows."
    )]
    [InlineData("""{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32"}]}""", "input 'x' has no 'data'.")]
    [InlineData("""{"inputs": [{"shape": [1], "datatype": "FP32", "data": [1]}]}""", "inputs[0] has no 'name'.")]
    [InlineData(
        """{"inputs": [X, {"name": "kind", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}]}""",
        "Input 'kind' has 2 rows, but the inputs before it have 1."
    )]
    [InlineData("""{"outputs": [{"name": "z"}], "inputs": []}""", "The model gives no output 'z'. It gives y.")]
    [InlineData(
        """{"parameters": {"event_time": "soon"}, "inputs": []}""",
        "'parameters.event_time' is 'soon'. Send an ISO 8601 date"
    )]
    [InlineData("""{"id": 7, "inputs": []}""", "'id' is not a text.")]
    public async Task A_wrong_request_is_told_which_tensor_what_is_wrong_and_what_to_send(string body, string error)
    {
        await using var serving = await StartAsync();

        var (status, answer) = await PostAsync(
            serving,
            body.Replace("X", """{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}""")
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(error, answer.GetProperty("error").GetString());
        // The connection and the deployment are as good as before.
        Assert.Equal(("1", 2.0), await serving.AnswerAsync(1));
    }

    [Fact]
    public async Task What_is_not_there_is_404_what_fails_is_500_and_too_much_is_413()
    {
        await using var serving = await StartAsync();

        var unknown = await serving.InferAsync(1, endpoint: "nothing");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("There is no model 'nothing'", await unknown.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await serving.Client.GetAsync("/v2/models/line/versions/9")).StatusCode);
        var failed = await serving.InferAsync(1000);
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Contains("too large for this line", await failed.Content.ReadAsStringAsync());
        var large = await serving.Client.PostAsync(
            "/v2/models/line/infer",
            new ByteArrayContent(new byte[(16 * 1024 * 1024) + 1])
        );
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(("1", 2.0), await serving.AnswerAsync(1));
    }

    private static async Task<ServingHarness> StartAsync()
    {
        var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0, FailAbove: 100));
        await serving.SettleAsync();
        return serving;
    }

    private static async Task<JsonElement> GetAsync(ServingHarness serving, string path) =>
        await serving.Client.GetFromJsonAsync<JsonElement>(path);

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(ServingHarness serving, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var response = await serving.Client.PostAsync("/v2/models/line/infer", content);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
