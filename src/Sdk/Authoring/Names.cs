using System.Text;

namespace Rondo.Sdk;

/// <summary>What may be called how: names are part of addresses, files and tables.</summary>
internal static class Names
{
    private const int LengthMax = 63;

    public static string Checked(string name, string what)
    {
        if (IsGood(name))
        {
            return name;
        }
        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"The name '{name}' of {what} is not valid.",
            $"Use 1 to {LengthMax} lower-case letters, digits and hyphens, with a letter first, for example '{Kebab(name)}'."
        );
    }

    public static string Node(string id) => Checked(id, "a node");

    /// <summary>A parameter or metric: as in C#.</summary>
    public static string Identifier(string name, string what)
    {
        if (name.Length is > 0 and <= LengthMax && char.IsAsciiLetter(name[0]) && name.All(IsIdentifierLetter))
        {
            return name;
        }
        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"The name '{name}' of {what} is not valid.",
            "Use letters, digits and underscores, with a letter first."
        );
    }

    public static int InRange(int value, int min, int max, string what) =>
        value >= min && value <= max
            ? value
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{what} cannot be {value}.",
                $"Give a number from {min} to {max}."
            );

    /// <summary><c>TrainBoosted</c> → <c>train-boosted</c>.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder();
        for (var index = 0; index < name.Length; index++)
        {
            var letter = name[index];
            if (!char.IsAsciiLetterOrDigit(letter))
            {
                Hyphen(text);
                continue;
            }
            var startsWord =
                char.IsAsciiLetterUpper(letter)
                && index > 0
                && (
                    !char.IsAsciiLetterUpper(name[index - 1])
                    || (index + 1 < name.Length && char.IsAsciiLetterLower(name[index + 1]))
                );
            if (startsWord)
            {
                Hyphen(text);
            }
            text.Append(char.ToLowerInvariant(letter));
        }
        var kebab = text.ToString().Trim('-');
        kebab = kebab.Length > 0 && char.IsAsciiLetter(kebab[0]) ? kebab : "n-" + kebab;
        return kebab.Length > LengthMax ? kebab[..LengthMax].TrimEnd('-') : kebab.TrimEnd('-');
    }

    private static void Hyphen(StringBuilder text)
    {
        if (text.Length > 0 && text[^1] != '-')
        {
            text.Append('-');
        }
    }

    private static bool IsGood(string? name) =>
        name is { Length: > 0 and <= LengthMax }
        && char.IsAsciiLetterLower(name[0])
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static bool IsIdentifierLetter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';
}
