using System.Text.Json;

namespace Rondo.Data;

/// <summary>What is wrong with a JSON file that a person edits, in words that do not speak of the types it is read into.</summary>
internal static class JsonWords
{
    /// <summary>What is wrong, without where.</summary>
    /// <param name="e">What the library says.</param>
    /// <param name="what">What the file is, as in "no word of a schema".</param>
    public static string Of(JsonException e, string what)
    {
        var path = e.Path is null or "$" ? "" : $" at {e.Path.TrimStart('$', '.')}";
        // Its own message repeats the place, and speaks of types that are no concern of whoever edits the file.
        var words = e.Message.Split(" Path: ")[0].TrimEnd('.');
        var quoted = words.Split('\'');
        return words.Contains("could not be mapped", StringComparison.Ordinal)
                ? $"'{quoted[1]}' is no word of a {what}{path}."
            : words.Contains("type discriminator", StringComparison.Ordinal) && quoted.Length > 2
                ? $"There is no '{quoted[1]}' in a {what}{path}."
            : words.Contains("missing required", StringComparison.Ordinal) ? $"'{quoted[^2]}' is missing{path}."
            : words.Contains("could not be converted", StringComparison.Ordinal)
                ? $"The value{path} is of no kind that may stand there."
            : $"{words}{path}.";
    }
}
