using System.Net.Http.Headers;

namespace Rondo.Sdk;

/// <summary>The token that a client of a server sends with each request.</summary>
internal static class BearerToken
{
    /// <summary>The header with a token, without the spaces and line breaks around it; null where there is none.</summary>
    /// <exception cref="RondoException">It holds what no token holds. The token itself is in no message.</exception>
    public static AuthenticationHeaderValue? Header(string? token)
    {
        var word = token?.Trim();
        if (string.IsNullOrEmpty(word))
        {
            return null;
        }

        return word.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                "The token has a character that no token has: a space, a line break, or a letter outside of ASCII.",
                "Copy it again, alone, into RONDO_TOKEN."
            )
            : new AuthenticationHeaderValue("Bearer", word);
    }
}
