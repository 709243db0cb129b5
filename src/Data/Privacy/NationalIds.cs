namespace Rondo.Data;

/// <summary>
/// Numbers under which states know people: those whose definition has a check, and the American one, whose form is its own. Numbers that
/// other things have too (ten digits with the check of a book's ISBN-10) count only where the column is called so.
/// </summary>
internal static class NationalIds
{
    public static IReadOnlyList<ValueTest> All { get; } =
    [
        Id("a Spanish DNI or NIE", "mod-23", 1.0 / 23, Spanish),
        Id("an Italian codice fiscale", "mod-26", 1.0 / 26, Italian) with
        {
            ChanceMax = 0.05,
        },
        Id("a French NIR", "mod-97", 1.0 / 97, French) with
        {
            OfNumbers = true,
        },
        Id("a Brazilian CPF", "two mod-11", 0.01, Brazilian) with
        {
            OfNumbers = true,
        },
        Id("a Chinese resident number", "mod 11-2", 1.0 / 11, Chinese) with
        {
            OfNumbers = true,
        },
        Id("a Polish PESEL", "weighted mod-10", 0.1, Polish) with
        {
            OfNumbers = true,
        },
        Id("a Finnish HETU", "mod-31", 1.0 / 31, Finnish) with
        {
            ChanceMax = 0.05,
        },
        Id("a Dutch BSN", "eleven", 1.0 / 11, Dutch) with
        {
            OfNumbers = true,
            NeedsHint = true,
        },
        Id("a British NHS number", "mod-11", 1.0 / 11, British) with
        {
            OfNumbers = true,
            NeedsHint = true,
        },
        new(PersonalDataKind.NationalId, "an American social security number", American) { ShareMin = 0.5 },
    ];

    private static ValueTest Id(string what, string check, double chance, Func<ScannedText, Verdict> judge) =>
        new(PersonalDataKind.NationalId, what, judge) { Check = (check, chance) };

    private static Verdict Of(bool passes) => passes ? Verdict.Passes : Verdict.Fails;

    private static bool Digits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static Verdict Spanish(ScannedText value)
    {
        const string letters = "TRWAGMYFPDXBNJZSQVHLCKE";
        var id = value.Compact;
        if (id.Length != 9 || !char.IsAsciiLetterUpper(id[8]) || !Digits(id.AsSpan(1, 7)))
        {
            return Verdict.No;
        }

        // A foreigner's first letter stands for a digit.
        var first = id[0] is >= 'X' and <= 'Z' ? id[0] - 'X' : id[0] - '0';
        return first is < 0 or > 9
            ? Verdict.No
            : Of(letters[((first * 10_000_000) + CheckDigits.Part(id, 1, 7)) % 23] == id[8]);
    }

    private static Verdict Italian(ScannedText value)
    {
        const string form = "AAAAAA00A00A000A";
        const string omocodia = "LMNPQRSTUV";
        var id = value.Compact;
        if (id.Length != 16)
        {
            return Verdict.No;
        }

        for (var i = 0; i < 16; i++)
        {
            var digit = char.IsAsciiDigit(id[i]) || omocodia.Contains(id[i], StringComparison.Ordinal);
            if (form[i] == 'A' ? !char.IsAsciiLetterUpper(id[i]) : !digit)
            {
                return Verdict.No;
            }
        }

        int[] odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var rank = char.IsAsciiDigit(id[i]) ? id[i] - '0' : id[i] - 'A';
            sum += i % 2 == 0 ? odd[rank] : rank;
        }

        return Of(sum % 26 == id[15] - 'A');
    }

    private static Verdict French(ScannedText value)
    {
        var id = value.Compact;
        if (id.Length != 15 || id[0] is not ('1' or '2') || !Digits(id.AsSpan(7, 8)) || !Digits(id.AsSpan(1, 5)))
        {
            return Verdict.No;
        }

        // Corsica's departments are 2A and 2B, and count as 19 and 18.
        var body = id[..13];
        body = id[5..7] switch
        {
            "2A" => body[..5] + "19" + body[7..],
            "2B" => body[..5] + "18" + body[7..],
            _ => body,
        };
        return !Digits(body) ? Verdict.No
            : CheckDigits.Part(body, 3, 2) is not ((>= 1 and <= 12) or (>= 20 and <= 42) or >= 50) ? Verdict.Fails
            : Of(97 - CheckDigits.Mod97(body) == CheckDigits.Part(id, 13, 2));
    }

    private static Verdict Brazilian(ScannedText value)
    {
        var id = value.Compact;
        if (id.Length != 11 || !value.DigitsOnly)
        {
            return Verdict.No;
        }

        var first = CheckDigits.Weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
        var second = CheckDigits.Weighted(id, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
        return Of(!CheckDigits.Same(id) && first == id[9] - '0' && second == id[10] - '0');
    }

    private static Verdict Chinese(ScannedText value)
    {
        var id = value.Compact;
        if (id.Length != 18 || !Digits(id.AsSpan(0, 17)) || !(char.IsAsciiDigit(id[17]) || id[17] == 'X'))
        {
            return Verdict.No;
        }

        var year = CheckDigits.Part(id, 6, 4);
        if (year is < 1880 or > 2100 || !CheckDigits.IsDay(CheckDigits.Part(id, 10, 2), CheckDigits.Part(id, 12, 2)))
        {
            return Verdict.Fails;
        }

        var sum = CheckDigits.Weighted(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
        return Of("10X98765432"[sum % 11] == id[17]);
    }

    private static Verdict Polish(ScannedText value)
    {
        var id = value.Compact;
        if (id.Length != 11 || !value.DigitsOnly)
        {
            return Verdict.No;
        }

        // The century stands in the month: 20 more for the years from 2000 on, and so forth.
        var month = CheckDigits.Part(id, 2, 2);
        var isDay = month < 100 && CheckDigits.IsDay(month % 20, CheckDigits.Part(id, 4, 2));
        return Of(isDay && CheckDigits.Weighted(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0);
    }

    private static Verdict Finnish(ScannedText value)
    {
        var id = value.Text.ToUpperInvariant();
        if (
            id.Length != 11
            || !Digits(id.AsSpan(0, 6))
            || !"+-ABCDEFUVWXY".Contains(id[6], StringComparison.Ordinal)
            || !Digits(id.AsSpan(7, 3))
        )
        {
            return Verdict.No;
        }

        var number = (CheckDigits.Part(id, 0, 6) * 1000L) + CheckDigits.Part(id, 7, 3);
        return Of(
            CheckDigits.IsDay(CheckDigits.Part(id, 2, 2), CheckDigits.Part(id, 0, 2))
                && "0123456789ABCDEFHJKLMNPRSTUVWXY"[(int)(number % 31)] == id[10]
        );
    }

    private static Verdict Dutch(ScannedText value)
    {
        var id = value.Compact;
        return id.Length != 9 || !value.DigitsOnly
            ? Verdict.No
            : Of(!CheckDigits.Same(id) && CheckDigits.Weighted(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0);
    }

    private static Verdict British(ScannedText value)
    {
        var id = value.Compact;
        return id.Length != 10 || !value.DigitsOnly
            ? Verdict.No
            : Of(!CheckDigits.Same(id) && CheckDigits.Weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0);
    }

    // Three, two and four digits with hyphens; some groups were never given out.
    private static Verdict American(ScannedText value)
    {
        var id = value.Text;
        if (id.Length != 11 || id[3] != '-' || id[6] != '-' || value.Compact.Length != 9 || !value.DigitsOnly)
        {
            return Verdict.No;
        }

        var area = CheckDigits.Part(id, 0, 3);
        return area is 0 or 666 or >= 900 || id[4..6] == "00" || id[7..] == "0000" ? Verdict.No : Verdict.Passes;
    }
}
