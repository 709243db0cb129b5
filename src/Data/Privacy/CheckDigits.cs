namespace Rondo.Data;

/// <summary>The sums by which numbers guard against slips of the pen.</summary>
internal static class CheckDigits
{
    /// <summary>Luhn (ISO 7812): from the right, every second digit is doubled; the sum of all digits is a multiple of ten.</summary>
    public static bool Luhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            var doubled = i % 2 == 1 ? 2 * digit : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10 == 0;
    }

    /// <summary>The remainder by 97 of a number in which letters stand for 10 to 35 (ISO 7064).</summary>
    public static int Mod97(ReadOnlySpan<char> text)
    {
        var rest = 0;
        foreach (var c in text)
        {
            rest = char.IsAsciiDigit(c) ? ((rest * 10) + (c - '0')) % 97 : ((rest * 100) + (c - 'A' + 10)) % 97;
        }

        return rest;
    }

    /// <summary>The sum of digits, each times its weight.</summary>
    public static int Weighted(ReadOnlySpan<char> digits, ReadOnlySpan<int> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += (digits[i] - '0') * weights[i];
        }

        return sum;
    }

    /// <summary>Whether all characters are the same: such numbers pass many checks, and name nobody.</summary>
    public static bool Same(ReadOnlySpan<char> digits) => !digits.ContainsAnyExcept(digits[0]);

    /// <summary>A part of a number of digits as a number.</summary>
    public static int Part(ReadOnlySpan<char> digits, int start, int length)
    {
        var value = 0;
        foreach (var c in digits.Slice(start, length))
        {
            value = (value * 10) + (c - '0');
        }

        return value;
    }

    /// <summary>Whether there may be such a day of a year that is given by two digits.</summary>
    public static bool IsDay(int month, int day) =>
        month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(2000, month);
}
