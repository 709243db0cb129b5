namespace Rondo.Data;

/// <summary>Shows the shape of a value and not what it is.</summary>
internal static class ValueMask
{
    private const char Hidden = '•';
    private const int LengthMax = 40;

    /// <summary>
    /// Every letter and digit is hidden but these: of an e-mail address the first letter of a long name and the last part of the domain, of an
    /// IBAN the country, of a card the last two digits.
    /// </summary>
    public static string Of(PersonalDataKind kind, string text)
    {
        text = text.Length > LengthMax ? text[..LengthMax] : text;
        var (first, last) = kind switch
        {
            PersonalDataKind.Email when text.IndexOf('@', StringComparison.Ordinal) is var at && at > 0 => (
                at >= 4 ? 1 : 0,
                text.LastIndexOf('.') is var point && point > at ? text.Length - point : 0
            ),
            PersonalDataKind.Iban => (2, 0),
            PersonalDataKind.PaymentCard => (0, 2),
            _ => (0, 0),
        };
        return string.Create(
            text.Length,
            (text, first, last),
            static (masked, of) =>
            {
                for (var i = 0; i < masked.Length; i++)
                {
                    var c = of.text[i];
                    var shown =
                        i < of.first
                        || i >= masked.Length - of.last
                        || " -./()@:,+_".Contains(c, StringComparison.Ordinal);
                    masked[i] = shown ? c : Hidden;
                }
            }
        );
    }
}
