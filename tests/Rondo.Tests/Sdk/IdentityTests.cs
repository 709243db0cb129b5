using System.Text;
using System.Text.Json;
using CsCheck;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk;

public sealed class IdentityTests
{
    private static readonly StepIdentity s_plain = new(
        "fit",
        "code",
        new Dictionary<string, ArtifactRef>
        {
            ["rows"] = new("rondo/table", "aa", 1),
            ["model"] = new("rondo/model", "bb", 2),
        },
        new Dictionary<string, JsonElement> { ["rate"] = Json("0.5"), ["names"] = Json("""["a","b"]""") },
        [new PortManifest("value", "rondo/model")],
        1
    );

    [Fact]
    public void The_digest_stays_what_it_is() =>
        Assert.Equal("08dd1aa90abdf9a80d594dcbacb1eb5d3b780dd4d8d7bfa22f8ddfe84b4b66b8", s_plain.Digest());

    [Fact]
    public void The_order_of_maps_and_the_spelling_of_numbers_do_not_count()
    {
        var other = s_plain with
        {
            Inputs = s_plain.Inputs.Reverse().ToDictionary(),
            Arguments = new Dictionary<string, JsonElement>
            {
                ["names"] = Json("""[ "a", "b" ]"""),
                ["rate"] = Json("5e-1"),
            },
        };

        Assert.Equal(s_plain.Digest(), other.Digest());
        Assert.Equal(
            """{"a":1,"b":[1,"x",null]}""",
            StepIdentity.Canonical(Json("""{ "b": [1.0, "x", null], "a": 1 }"""))
        );
    }

    [Fact]
    public void Everything_else_counts()
    {
        var others = new[]
        {
            s_plain with
            {
                Step = "fit2",
            },
            s_plain with
            {
                CodeDigest = "code2",
            },
            s_plain with
            {
                Inputs = new Dictionary<string, ArtifactRef> { ["rows"] = new("rondo/table", "aa", 1) },
            },
            s_plain with
            {
                Arguments = new Dictionary<string, JsonElement> { ["rate"] = Json("0.6") },
            },
            s_plain with
            {
                Outputs = [new PortManifest("value", "rondo/table")],
            },
            s_plain with
            {
                Seed = 2,
            },
            s_plain with
            {
                Environment = new Dictionary<string, string> { ["A"] = "b" },
            },
            s_plain with
            {
                Partition = "",
            },
            s_plain with
            {
                Salt = "",
            },
        };

        Assert.Equal(
            others.Length + 1,
            others.Append(s_plain).Select(identity => identity.Digest()).Distinct().Count()
        );
    }

    [Fact]
    public void Texts_cannot_flow_into_each_other() =>
        Gen.Select(s_text, s_text, s_text, s_text)
            .Sample(
                (a, b, c, d) =>
                    (a == c && b == d)
                    == (
                        (s_plain with { Step = a, CodeDigest = b }).Digest()
                        == (s_plain with { Step = c, CodeDigest = d }).Digest()
                    )
            );

    // Halves of a character are none in UTF-8.
    private static readonly Gen<string> s_text = Gen.String[0, 3]
        .Where(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text);

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
