using System.Net;
using System.Text;
using System.Text.Json;
using Rondo.Tests.Delivery;

namespace Rondo.Tests.Datasets;

public sealed class DatasetEndpointsTests : IAsyncLifetime
{
    private DeliveryServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await DeliveryServer.StartAsync(loops: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_file_is_pushed_once_and_found_in_the_lists()
    {
        var first = await PushAsync("days.csv", "date,rides\n2001-01-01,1\n");
        var again = await PushAsync("days.csv", "date,rides\n2001-01-01,1\n");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        var push = JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("2001-01-01", push.GetProperty("version").GetProperty("asOf").GetString());
        Assert.Equal(2, push.GetProperty("file").GetProperty("columns").GetArrayLength());
        Assert.Equal(1, await CountAsync("/api/v1/projects/transit/datasets"));
        Assert.Equal(1, await CountAsync("/api/v1/projects/transit/datasets/days/versions"));
        Assert.Equal(0, await CountAsync("/api/v1/projects/transit/datasets/days/versions?environment=test"));
    }

    [Fact]
    [Trait("Requirement", "R22")]
    public async Task Two_versions_are_compared_by_their_files_and_what_their_columns_hold()
    {
        await PushAsync("1.csv", "date,rides,sky\n2001-01-01,1,sun\n2001-01-02,3,rain\n");
        await PushAsync("2.csv", "date,rides,wind\n2001-01-03,9,2.5\n");
        await PushAsync("1.csv", "date,rides,sky\n2001-01-01,1,sun\n2001-01-02,3,fog\n");

        var diff = await JsonAsync("/api/v1/projects/transit/datasets/days/diff?from=1&to=3");

        Assert.Equal(
            ["1.csv replaced", "2.csv added"],
            diff.GetProperty("files").EnumerateArray().Select(f => $"{f.GetProperty("name")} {f.GetProperty("change")}")
        );
        var columns = diff.GetProperty("columns").EnumerateArray().ToList();
        Assert.Equal(
            ["wind added", "rides values", "date values", "sky values"],
            columns.Select(c => $"{c.GetProperty("name")} {c.GetProperty("change")}")
        );
        // From a mean of 2 and a deviation of √2 to 13/3.
        Assert.Equal(7.0 / 3 / Math.Sqrt(2), columns[1].GetProperty("shift").GetDouble(), 1e-9);
        Assert.Equal(1, columns[3].GetProperty("now").GetProperty("missing").GetInt32());

        var none = await _server.Client.GetAsync(
            new Uri(_server.Address, "/api/v1/projects/transit/datasets/days/diff?from=1&to=9")
        );
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Files_that_do_not_fit_together_are_compared_as_files_and_the_reason_is_given()
    {
        await PushAsync("1.csv", "rides\n1\n");
        await PushAsync("2.csv", "rides\nmany\n");

        var diff = await JsonAsync("/api/v1/projects/transit/datasets/days/diff?from=1&to=2");

        Assert.Equal(1, diff.GetProperty("files").GetArrayLength());
        Assert.Equal(
            "Column 'rides' holds Text in 2.csv, and Integer in 1.csv.",
            diff.GetProperty("reason").GetString()
        );
    }

    [Theory]
    [InlineData("/api/v1/projects/transit/datasets/days/files/..%2fx.csv")]
    [InlineData("/api/v1/projects/transit/datasets/days/files/x.csv?environment=nowhere")]
    public async Task A_place_that_cannot_be_is_refused(string path)
    {
        using var content = new StringContent("a\n1\n");

        var answer = await _server.Client.PostAsync(new Uri(_server.Address, path), content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private Task<HttpResponseMessage> PushAsync(string name, string text) =>
        _server.Client.PostAsync(
            new Uri(_server.Address, "/api/v1/projects/transit/datasets/days/files/" + name),
            new ByteArrayContent(Encoding.UTF8.GetBytes(text))
        );

    private async Task<JsonElement> JsonAsync(string path) =>
        JsonDocument.Parse(await _server.Client.GetStringAsync(new Uri(_server.Address, path))).RootElement;

    private async Task<int> CountAsync(string path) =>
        JsonDocument
            .Parse(await _server.Client.GetStringAsync(new Uri(_server.Address, path)))
            .RootElement.GetProperty("items")
            .GetArrayLength();
}
