namespace Rondo.Tests.Access;

/// <summary>What is asked for is at worst refused: whoever asks for it, and however it is written.</summary>
public sealed class OddRequestTests(AccessServer server) : IClassFixture<AccessServer>
{
    [Theory]
    [InlineData("/api/v1/events")]
    [InlineData("/api/v1/alerts")]
    [InlineData("/api/v1/endpoints")]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/approvals")]
    [InlineData("/api/v1/models/overview")]
    [InlineData("/models")]
    [InlineData("/api/v1/models/find?text=a")]
    [InlineData("/api/v1/tracking/find?text=a")]
    [InlineData("/api/v1/tracking/experiments")]
    [InlineData("registered-models/search")]
    [InlineData("model-versions/search")]
    [InlineData("experiments/search?max_results=10")]
    public async Task Whoever_has_a_role_in_a_folder_alone_can_ask_for_every_list(string path)
    {
        var ada = await server.UserAsync("model-researcher", folder: "vision");

        var (status, answer) = await ada.SendAsync("GET", path);

        Assert.True((int)status == 200, $"{path}: {status} {answer}");
    }

    [Fact]
    public async Task A_filter_in_the_address_is_as_long_as_one_in_a_message()
    {
        var runs = string.Join(',', Enumerable.Range(0, 7000).Select(i => $"'{i:x32}'"));

        var (status, answer) = await server.Local.SendAsync(
            "GET",
            $"model-versions/search?filter=run_id%20IN%20({runs})"
        );

        Assert.True((int)status == 200, $"{status} {answer}");
    }

    [Theory]
    [InlineData("/api/v1/models/overview?project=%00")]
    [InlineData("/api/v1/models/overview?environment=%00")]
    [InlineData("/api/v1/models/overview?after=1/%00/a/b")]
    [InlineData("/api/v1/models/find?text=a%00b")]
    [InlineData("/api/v1/tracking/find?text=a%00b")]
    [InlineData("/api/v1/tracking/experiments?folder=%00")]
    [InlineData("/api/v1/projects/transit/endpoint-changes?after=%00")]
    [InlineData("/api/v1/access/grants?user=%00")]
    [InlineData("/api/v1/access/check?permission=read&user=%00")]
    [InlineData("/api/v1/access/check?permission=read&project=%00")]
    [InlineData("/api/v1/events?subject=%00")]
    [InlineData("/api/v1/alerts?endpoint=%00")]
    public async Task A_text_with_the_character_of_code_0_is_no_fault_of_the_server(string path)
    {
        var (status, answer) = await server.Local.SendAsync("GET", path);

        Assert.True((int)status < 500, $"{path}: {status} {answer}");
    }

    [Theory]
    [InlineData(
        "POST",
        "/api/v1/projects/transit/endpoint-changes",
        """{"where":"*","reason":"r","set":{"a":"\ud800"}}"""
    )]
    [InlineData(
        "POST",
        "/api/v1/projects/transit/endpoint-changes",
        """{"where":"*","reason":"r","set":{"a":{"b":[]}}}"""
    )]
    [InlineData("POST", "/api/v1/access/grants", """{"user":"\u0000","role":"auditor"}""")]
    [InlineData("PUT", "/api/v1/projects/mlflow/models/m/card", """{"card":{"owner":"\ud800"},"basedOn":0}""")]
    public async Task A_body_that_no_text_can_hold_is_no_fault_of_the_server(string method, string path, string body)
    {
        var (status, answer) = await server.Local.SendAsync(method, path, body);

        Assert.True((int)status is >= 400 and < 500, $"{path}: {status} {answer}");
    }
}
