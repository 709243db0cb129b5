using System.Text;
using System.Text.Json;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Secrets;

public sealed class SecretRedactorTests
{
    private const string Secret = "pä55 w/ord+\"1\"";

    public static TheoryData<string> Forms =>
        [
            Secret,
            $"before{Secret}after{Secret}",
            JsonSerializer.Serialize(new { Secret }),
            "p\\u00e455 w/ord+\\\"1\\\"",
            Uri.EscapeDataString(Secret),
            Uri.EscapeDataString(Secret).ToLowerInvariant(),
            System.Net.WebUtility.UrlEncode(Secret),
            System.Net.WebUtility.HtmlEncode(Secret),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"user:{Secret}")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"u:{Secret}:more")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"abc{Secret}")),
            System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Secret)),
            Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)),
            Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret)),
        ];

    [Theory]
    [MemberData(nameof(Forms))]
    [Trait("Requirement", "R249")]
    public void A_secret_is_hidden_in_whatever_form_it_shows(string text)
    {
        var redacted = SecretRedactor.Of([Secret])!.Redact(text);

        Assert.Contains("***", redacted);
        Assert.All(SecretForms.Of(Secret), form => Assert.DoesNotContain(form, redacted));
    }

    [Fact]
    public void The_longer_of_two_secrets_is_hidden_whole_and_short_ones_are_not_looked_for()
    {
        var redactor = SecretRedactor.Of(["token", "token-and-more", "abc"])!;

        Assert.Equal("*** *** abc", redactor.Redact("token-and-more token abc"));
        Assert.Null(SecretRedactor.Of(["abc", ""]));
    }

    [Fact]
    public void Each_line_of_a_secret_with_several_is_hidden()
    {
        var redactor = SecretRedactor.Of(["-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n"])!;

        Assert.Equal("key: ***", redactor.Redact("key: MIIEvQIBADAN"));
    }

    [Fact]
    public void A_secret_that_is_broken_over_two_lines_is_hidden_in_both()
    {
        var lines = new List<string>();
        var redactor = new LineRedactor(SecretRedactor.Of(["correct-horse"])!, lines.Add);

        redactor.Write("at once");
        Assert.Equal(["at once"], lines);
        redactor.Write("it is corre");
        redactor.Write("ct-horse, you know");
        redactor.Write("a correction");
        redactor.Write("correct");
        redactor.Write("is another word, corr");
        redactor.End();

        Assert.Equal(
            ["at once", "it is ***", "***, you know", "a correction", "correct", "is another word, corr"],
            lines
        );
    }
}
