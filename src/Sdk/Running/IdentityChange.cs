namespace Rondo.Sdk;

/// <summary>A part of a <see cref="StepIdentity"/>.</summary>
public enum IdentityPart
{
    /// <summary>The step's name.</summary>
    Step,

    /// <summary>The digest of its code.</summary>
    Code,

    /// <summary>An input.</summary>
    Input,

    /// <summary>An argument.</summary>
    Argument,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The version of a secret.</summary>
    Secret,

    /// <summary>The seed of the random numbers.</summary>
    Seed,

    /// <summary>The partition of the run.</summary>
    Partition,

    /// <summary>What the author changes to make a step run again.</summary>
    Salt,

    /// <summary>An output port and its type.</summary>
    Output,
}

/// <summary>One part in which two identities differ.</summary>
/// <param name="Part">The part.</param>
/// <param name="Name">Which input, argument, variable or output; null where there is but one.</param>
/// <param name="Before">The earlier value, or null if there was none.</param>
/// <param name="After">The later value, or null if there is none.</param>
public sealed record IdentityChange(IdentityPart Part, string? Name, string? Before, string? After)
{
    private const int TextMax = 60;
    private const int DigestShown = 12;
    private const int DigestLength = 64;

    /// <summary>The change for people, on one line: <c>argument 'rate': 0.1 → 0.2</c>. Digests and long values are shortened.</summary>
    public string Words =>
        (Before, After) switch
        {
            (null, { } after) => $"{Subject} is new: {Short(after)}",
            ({ } before, null) => $"{Subject} is gone: {Short(before)}",
            _ => $"{Subject}: {Short(Before!)} → {Short(After!)}",
        };

    /// <summary>The part for people: <c>argument 'rate'</c>.</summary>
    public string Subject =>
        Part switch
        {
            IdentityPart.Step => "step",
            IdentityPart.Code => "code",
            IdentityPart.Input => $"input '{Name}'",
            IdentityPart.Argument => $"argument '{Name}'",
            IdentityPart.Environment => $"environment variable {Name}",
            IdentityPart.Secret => $"secret in {Name}",
            IdentityPart.Seed => "seed",
            IdentityPart.Partition => "partition",
            IdentityPart.Salt => "salt",
            _ => $"output '{Name}'",
        };

    private static string Short(string text) =>
        string.Join(' ', text.Split(' ').Select(word => IsDigest(word) ? word[..DigestShown] : word)) switch
        {
            { Length: > TextMax } longer => longer[..TextMax] + " …",
            "" => "(empty)",
            var whole => whole,
        };

    private static bool IsDigest(string word) => word.Length == DigestLength && word.All(char.IsAsciiHexDigitLower);
}
