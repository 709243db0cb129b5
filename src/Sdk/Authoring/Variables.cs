namespace Rondo.Sdk;

/// <summary>Environment variables by their names.</summary>
internal static class Variables
{
    private const int LengthMax = 200;

    public static IReadOnlyDictionary<string, string> With(
        StepNode node,
        IReadOnlyDictionary<string, string> known,
        string name,
        string value
    )
    {
        if (!IsName(name))
        {
            throw node.Graph.Invalid(
                $"'{name}' of node '{node.Id}' is not the name of an environment variable",
                "Use letters, digits and underscores, with a letter or an underscore first, for example 'API_KEY'"
            );
        }
        if (value is null || value.Contains('\0'))
        {
            throw node.Graph.Invalid(
                $"the environment variable '{name}' of node '{node.Id}' has a value that no process can get",
                "Give a text without zero bytes"
            );
        }
        if (
            !known.ContainsKey(name)
            && (node.Options.Environment.ContainsKey(name) || node.Options.Secrets.ContainsKey(name))
        )
        {
            throw node.Graph.Invalid(
                $"the environment variable '{name}' of node '{node.Id}' is both a value and a secret",
                "Give it one of the two"
            );
        }
        return new SortedDictionary<string, string>(known.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal)
        {
            [name] = value,
        };
    }

    private static bool IsName(string name) =>
        name is { Length: > 0 and <= LengthMax }
        && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}
