using System.Text.Json;
using Rondo.Cli.Output;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Hosts.Cli;

public sealed class EventStoryTests
{
    private const string Subject = "what it is about";

    public static TheoryData<string> Types => [.. AppendedEvents.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_event_is_told_in_a_line(string type)
    {
        var e = JsonSerializer.SerializeToElement(
            new
            {
                type,
                subject = Subject,
                data = new { reason = "for a reason" },
            }
        );

        Assert.NotEqual(Subject, EventStory.Tell(e));
    }

    [Theory]
    [InlineData(
        "model.version.moved",
        """{"model":"demand","environment":"production","version":3,"from":"approved","to":"rejected","reason":"unfair"}""",
        "demand version 3 in production was approved and is rejected: unfair"
    )]
    [InlineData(
        "model.version.moved",
        """{"model":"demand","environment":"production","version":3,"from":"","to":"pending","reason":"registered"}""",
        "demand version 3 in production is pending: registered"
    )]
    [InlineData(
        "endpoint.fallback.missing",
        """{"endpoint":"demand","version":3,"reason":"Version 3 was rejected."}""",
        "Version 3 was rejected."
    )]
    [InlineData("group.opened", """{"pipeline":"train","nodeId":"each","items":4}""", "train/each begins with 4 items")]
    [InlineData("unknown.event", "{}", Subject)]
    public void It_says_what_happened(string type, string data, string told) =>
        Assert.Equal(
            told,
            EventStory.Tell(
                JsonSerializer.SerializeToElement(
                    new
                    {
                        type,
                        subject = Subject,
                        data = JsonElement.Parse(data),
                    }
                )
            )
        );
}
