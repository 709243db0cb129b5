using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rondo.Tests.Registry;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Serving;

public sealed partial class ProtocolDocumentTests
{
    [Fact]
    [Trait("Requirement", "R197")]
    public async Task The_example_in_the_document_is_answered_as_the_document_says()
    {
        var document = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "docs", "protocols", "open-inference.md"),
            TestContext.Current.CancellationToken
        );
        var examples = JsonBlock().Matches(document).Select(match => match.Groups[1].Value).ToList();
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0, FailAbove: 100));
        await serving.SettleAsync();

        var (status, answer) = await PostAsync(serving, examples[0]);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(examples[1]), JsonElement.Parse(answer)), answer);

        var (refused, error) = await PostAsync(serving, examples[0].Replace("\"weekday\", \"holiday\"", "\"weekday\""));
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(examples[2]), JsonElement.Parse(error)), error);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(ServingHarness serving, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var response = await serving.Client.PostAsync("/v2/models/line/infer", content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JsonBlock();
}
