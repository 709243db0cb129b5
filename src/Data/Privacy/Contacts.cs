using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rondo.Data;

/// <summary>Ways to reach a person or a person's machine.</summary>
internal static partial class Contacts
{
    // What stands behind the last point of a file's name is no domain.
    private static readonly HashSet<string> s_fileEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "css",
        "js",
        "json",
        "html",
        "git",
    };

    public static IReadOnlyList<ValueTest> All { get; } =
    [
        new(PersonalDataKind.Email, "an e-mail address", Email) { InTexts = true },
        new(PersonalDataKind.Phone, "a telephone number with its country", InternationalPhone)
        {
            ShareMin = 0.05,
            InTexts = true,
        },
        new(PersonalDataKind.Phone, "an American telephone number", AmericanPhone) { ShareMin = 0.5 },
        new(PersonalDataKind.Phone, "a telephone number", AnyPhone) { NeedsHint = true, OfNumbers = true },
        new(PersonalDataKind.IpAddress, "an IP address of version 4", IpV4) { ShareMin = 0.05, InTexts = true },
        new(PersonalDataKind.IpAddress, "an IP address of version 4", SmallIpV4) { NeedsHint = true },
        new(PersonalDataKind.IpAddress, "an IP address of version 6", IpV6) { ShareMin = 0.05, InTexts = true },
    ];

    private static Verdict Email(ScannedText value)
    {
        var text = value.Text;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return
            at > 0
            && text.Length <= 254
            && EmailPattern().IsMatch(text)
            && !text.StartsWith("git@", StringComparison.Ordinal)
            && !s_fileEndings.Contains(text[(text.LastIndexOf('.') + 1)..])
            ? Verdict.Passes
            : Verdict.No;
    }

    private static Verdict InternationalPhone(ScannedText value) =>
        value.Text is ['+', >= '1' and <= '9', ..]
        && value is { DigitsOnly: false, Compact: "" }
        && IsPhone(value.Text, 8)
            ? Verdict.Passes
            : Verdict.No;

    private static Verdict AmericanPhone(ScannedText value) =>
        value is { DigitsOnly: true, Compact.Length: 10 } && AmericanPattern().IsMatch(value.Text)
            ? Verdict.Passes
            : Verdict.No;

    private static Verdict AnyPhone(ScannedText value) => IsPhone(value.Text, 7) ? Verdict.Passes : Verdict.No;

    // At most 15 digits (E.164), and no more than two separators in a row.
    private static bool IsPhone(string text, int digitsMin)
    {
        var (digits, between) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                digits++;
                between = 0;
            }
            else if (
                !(text[i] is ' ' or '-' or '.' or '/' or '(' or ')' || (text[i] == '+' && i == 0))
                || ++between > 2
            )
            {
                return false;
            }
        }

        return digits >= digitsMin && digits <= 15;
    }

    // Versions of programs have four small numbers, too: where the name says nothing, one of them must be large.
    private static Verdict IpV4(ScannedText value) => IsIpV4(value.Text, 100) ? Verdict.Passes : Verdict.No;

    private static Verdict SmallIpV4(ScannedText value) => IsIpV4(value.Text, 0) ? Verdict.Passes : Verdict.No;

    private static bool IsIpV4(string text, int largestMin)
    {
        if (text.Length is < 7 or > 15)
        {
            return false;
        }

        var (octets, largest) = (0, 0);
        foreach (var range in text.AsSpan().Split('.'))
        {
            var octet = text.AsSpan()[range];
            if (
                octet.Length is < 1 or > 3
                || octet.ContainsAnyExceptInRange('0', '9')
                || (octet[0] == '0' && octet.Length > 1)
            )
            {
                return false;
            }

            octets++;
            largest = Math.Max(largest, CheckDigits.Part(octet, 0, octet.Length));
        }

        return octets == 4 && largest <= 255 && largest >= largestMin;
    }

    private static Verdict IpV6(ScannedText value)
    {
        var text = value.Text;
        return
            text.Length is >= 8 and <= 45
            && text.AsSpan().Count(':') >= 2
            && text.Split(':').Count(group => group.Length > 0) >= 3
            && IPAddress.TryParse(text, out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6
            ? Verdict.Passes
            : Verdict.No;
    }

    [GeneratedRegex(
        @"^[\p{L}\p{Nd}._%+'-]{1,64}@(?:[\p{L}\p{Nd}-]{1,63}\.){1,8}\p{L}{2,24}\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex EmailPattern();

    [GeneratedRegex(
        @"^(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex AmericanPattern();
}
