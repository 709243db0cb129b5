using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Names as Kubeflow and Vertex AI both accept them: tasks, components and the pipeline in lower case (<c>^[a-z][-a-z0-9]*$</c>), keys
/// of inputs and outputs with capitals and underscores too. What is too long ends with a digest of the whole.
/// </summary>
internal sealed class KfpNames
{
    /// <summary>The most characters that a name may have.</summary>
    public const int LengthMax = 128;

    /// <summary>The end of the name of a loop's current item.</summary>
    public const string LoopItem = "-loop-item";

    // Leaves room for what is put around it: "pipelinechannel--", a port, "-loop-item", "comp-choice-".
    private const int PartMax = 48;
    private const int DigestLength = 8;

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes the name if it is free.</summary>
    public bool TryClaim(string name) => _taken.Add(name);

    /// <summary>The name, with a number after it where it is taken.</summary>
    public string Claim(string name)
    {
        var claimed = name;
        for (var number = 2; !_taken.Add(claimed); number++)
        {
            claimed = name + "-" + number.ToString(CultureInfo.InvariantCulture);
        }

        return claimed;
    }

    /// <summary>A name of lower-case letters, digits and hyphens that begins with a letter.</summary>
    public static string Slug(string text)
    {
        var slug = Letters(text.ToLowerInvariant(), char.IsAsciiLetterOrDigit);
        return Short(slug.Length > 0 && char.IsAsciiLetter(slug[0]) ? slug : "n-" + slug, text);
    }

    /// <summary>The key of an input or output: the text itself where it is a key already.</summary>
    public static string Key(string text)
    {
        var key = Letters(text, letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
        return Short(key.Length > 0 && !char.IsAsciiDigit(key[0]) ? key : "k-" + key, text);
    }

    /// <summary>The name, changed where Kubeflow would take it for a loop's current item.</summary>
    public static string NoLoopItem(string name) =>
        name.EndsWith("loop-item", StringComparison.Ordinal) ? name + "-value"
        : name.StartsWith("loop-item", StringComparison.Ordinal) ? "value-" + name
        : name;

    // Everything else becomes one hyphen, and none stands at either end.
    private static string Letters(string text, Func<char, bool> fits)
    {
        var name = new StringBuilder();
        foreach (var letter in text)
        {
            if (fits(letter))
            {
                name.Append(letter);
            }
            else if (name.Length > 0 && name[^1] != '-')
            {
                name.Append('-');
            }
        }

        return name.ToString().TrimEnd('-');
    }

    private static string Short(string name, string whole)
    {
        name = name.TrimEnd('-');
        return name.Length <= PartMax
            ? name
            : name[..(PartMax - DigestLength - 1)].TrimEnd('-')
                + "-"
                + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..DigestLength];
    }
}
