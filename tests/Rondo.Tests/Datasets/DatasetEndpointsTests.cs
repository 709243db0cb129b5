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

    private async Task<int> CountAsync(string path) =>
        JsonDocument
            .Parse(await _server.Client.GetStringAsync(new Uri(_server.Address, path)))
            .RootElement.GetProperty("items")
            .GetArrayLength();
}
