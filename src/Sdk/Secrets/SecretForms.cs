using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Rondo.Sdk;

/// <summary>
/// The texts in which a secret may show: itself, its lines, escaped as in JSON, XML or a URL, and as Base64 (alone or within something
/// longer) or hexadecimal digits.
/// </summary>
internal static class SecretForms
{
    /// <summary>Shorter texts stand everywhere: they are not looked for.</summary>
    public const int LengthMin = 4;

    public static IEnumerable<string> Of(string secret) =>
        secret
            .Split('\n')
            .Select(line => line.Trim())
            .Append(secret.Trim())
            .Append(secret)
            .Distinct(StringComparer.Ordinal)
            .Where(text => text.Length >= LengthMin)
            .SelectMany(OfText)
            .Where(form => form.Length >= LengthMin)
            .Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> OfText(string text)
    {
        yield return text;
        yield return JavaScriptEncoder.Default.Encode(text);
        yield return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
        yield return PlainJson(text);
        yield return HtmlEncoder.Default.Encode(text);
        yield return System.Net.WebUtility.HtmlEncode(text);
        var url = Uri.EscapeDataString(text);
        yield return url;
        yield return LowerEscapes(url);
        yield return url.Replace("%20", "+", StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return Convert.ToHexString(bytes);
        yield return Convert.ToHexStringLower(bytes);
        foreach (var form in Base64(bytes))
        {
            yield return form;
            yield return form.Replace('+', '-').Replace('/', '_');
        }
    }

    // Within longer data the bytes may begin at any of three places of a group of four letters. The letters at both ends hold bits of
    // the neighbours, so that only those between them are always the same.
    private static IEnumerable<string> Base64(byte[] bytes)
    {
        yield return Convert.ToBase64String(bytes).TrimEnd('=');
        for (var before = 0; before < 3; before++)
        {
            var letters = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var first = before == 0 ? 0 : before + 1;
            var last = (before + bytes.Length) % 3 == 0 ? letters.Length : letters.Length - 1;
            if (last - first >= 2 * LengthMin)
            {
                yield return letters[first..last];
            }
        }
    }

    // As Python and JavaScript escape: only what must be, with small letters.
    private static string PlainJson(string text) =>
        string.Concat(
            text.Select(c =>
                c switch
                {
                    '"' or '\\' => "\\" + c,
                    '\t' => "\\t",
                    < ' ' or > '~' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                    _ => c.ToString(),
                }
            )
        );

    private static string LowerEscapes(string url)
    {
        var text = new StringBuilder(url);
        for (var i = 0; i + 2 < text.Length; i++)
        {
            if (text[i] == '%')
            {
                text[i + 1] = char.ToLowerInvariant(text[i + 1]);
                text[i + 2] = char.ToLowerInvariant(text[i + 2]);
            }
        }
        return text.ToString();
    }
}
