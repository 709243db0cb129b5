namespace Rondo.Data;

/// <summary>Bank accounts and payment cards.</summary>
internal static class AccountNumbers
{
    // The lengths of the registry of ISO 13616.
    private static readonly Dictionary<string, int> s_ibanLengths = Lengths(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 "
            + "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 "
            + "MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 "
            + "SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    );

    public static IReadOnlyList<ValueTest> All { get; } =
    [
        new(PersonalDataKind.Iban, "an IBAN", Iban)
        {
            Check = ("mod-97", 1.0 / 97),
            ChanceMax = 0.02,
            InTexts = true,
        },
        new(PersonalDataKind.PaymentCard, "a card number in groups", GroupedCard)
        {
            Check = ("Luhn", 0.1),
            ChanceMax = 0.11,
            InTexts = true,
        },
        new(PersonalDataKind.PaymentCard, "a card number", PlainCard)
        {
            Check = ("Luhn", 0.1),
            ChanceMax = 1e-3,
            OfNumbers = true,
            InTexts = true,
        },
    ];

    private static Dictionary<string, int> Lengths(string table) =>
        table
            .Split(' ')
            .ToDictionary(
                entry => entry[..2],
                entry => int.Parse(entry[2..], System.Globalization.CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );

    private static Verdict Iban(ScannedText value)
    {
        var iban = value.Compact;
        return iban.Length < 15
            || !s_ibanLengths.TryGetValue(iban[..2], out var length)
            || iban.Length != length
            || !char.IsAsciiDigit(iban[2])
            || !char.IsAsciiDigit(iban[3])
                ? Verdict.No
            : CheckDigits.Mod97(iban[4..] + iban[..4]) == 1 ? Verdict.Passes
            : Verdict.Fails;
    }

    private static Verdict GroupedCard(ScannedText value) =>
        value.Text.Length > value.Compact.Length && IsGrouped(value.Text) ? Card(value) : Verdict.No;

    private static Verdict PlainCard(ScannedText value) =>
        value.Text.Length == value.Compact.Length ? Card(value) : Verdict.No;

    // By fours, or by 4, 6 and 5 (4 for Diners).
    private static bool IsGrouped(string text)
    {
        var groups = text.Split(text.Contains('-', StringComparison.Ordinal) ? '-' : ' ');
        return groups.Length >= 3 && groups[0].Length == 4 && groups.All(group => group.Length is >= 1 and <= 6);
    }

    private static Verdict Card(ScannedText value)
    {
        var digits = value.Compact;
        return !value.DigitsOnly || !IsIssued(digits) || CheckDigits.Same(digits) ? Verdict.No
            : CheckDigits.Luhn(digits) ? Verdict.Passes
            : Verdict.Fails;
    }

    private static bool IsIssued(string digits)
    {
        if (digits.Length is < 14 or > 19)
        {
            return false;
        }

        var four = CheckDigits.Part(digits, 0, 4);
        return digits.Length switch
        {
            14 => four is (>= 3000 and <= 3059) or (>= 3600 and <= 3699) or (>= 3800 and <= 3999),
            15 => four is (>= 3400 and <= 3499) or (>= 3700 and <= 3799),
            16 => four
                is (>= 4000 and <= 4999)
                    or (>= 5100 and <= 5599)
                    or (>= 2221 and <= 2720)
                    or (>= 3528 and <= 3589)
                    or 6011
                    or (>= 6200 and <= 6299)
                    or (>= 6440 and <= 6599),
            19 => four is (>= 4000 and <= 4999) or (>= 6200 and <= 6299) or 6011 or (>= 6440 and <= 6599),
            _ => four is >= 6200 and <= 6299,
        };
    }
}
