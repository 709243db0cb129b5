using System.Text;
using System.Text.RegularExpressions;

namespace Rondo.Secrets;

/// <summary>What may name a secret, and what may be one.</summary>
internal static partial class SecretRules
{
    private const int ValueBytesMax = 64 * 1024;

    private static readonly string[] s_environments = ["test", "staging", "production"];

    public static void Require(SecretPlace place)
    {
        if (!Name().IsMatch(place.Name))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{place.Name}' cannot name a secret.",
                "Use 1 to 63 lower-case letters, digits and hyphens, with a letter first, for example api-token."
            );
        }

        if (place.Environment is not null && !s_environments.Contains(place.Environment, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no environment '{place.Environment}'.",
                "Use test, staging or production, or none for all of them."
            );
        }
    }

    /// <summary>A process gets it as an environment variable, which is a text without zero bytes, and not a long one.</summary>
    public static void RequireValue(string? value)
    {
        var good =
            value is { Length: > 0 }
            && !value.Contains('\0', StringComparison.Ordinal)
            && Encoding.UTF8.GetByteCount(value) <= ValueBytesMax;
        if (!good)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "This cannot be the value of a secret.",
                $"Give 1 to {ValueBytesMax} bytes of text without zero bytes."
            );
        }
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,62}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
