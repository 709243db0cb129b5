using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Rondo.Tests.Access;

namespace Rondo.Tests.Hosts.Server;

/// <summary>Requests that no handler gets to see, because they do not fit: the answer says what is wrong with them.</summary>
public sealed class RequestFaultTests(AccessServer server) : IClassFixture<AccessServer>
{
    [Theory]
    [InlineData("POST", "/api/v1/projects", "{\"name\":5}", 400, "The value at $.name of the body is of another type")]
    [InlineData("POST", "/api/v1/projects", "{\"name\":", 400, "JSON")]
    [InlineData("POST", "/api/v1/projects", "", 400, "body")]
    [InlineData("GET", "/api/v1/tracking/find?text=a&limit=many", null, 400, "limit")]
    public async Task What_does_not_fit_is_told_with_words(
        string method,
        string path,
        string? body,
        int status,
        string word
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await server.Local.Client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(word, told.GetProperty("title").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(status, told.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_body_of_another_type_is_told_with_words()
    {
        using var content = new StringContent("name=x", Encoding.UTF8, "application/x-www-form-urlencoded");

        using var answer = await server.Local.Client.PostAsync("/api/v1/projects", content);

        Assert.Equal(415, (int)answer.StatusCode);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains("JSON", told.GetProperty("title").GetString(), StringComparison.Ordinal);
    }
}
