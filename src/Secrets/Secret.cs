using System.Globalization;

namespace Rondo.Secrets;

/// <summary>Where a secret belongs: a name in a project, in one environment or (null) in all that have no value of their own.</summary>
public sealed record SecretPlace(string Project, string Name, string? Environment);

/// <summary>One version of a secret, without its value.</summary>
public sealed record SecretVersion(long Version, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>A secret, without its value: the newest version first. <paramref name="Environment"/> is null where it holds for all.</summary>
public sealed record Secret(string Name, string? Environment, IReadOnlyList<SecretVersion> Versions)
{
    /// <summary>The version that steps get.</summary>
    public long Version => Versions[0].Version;
}

/// <summary>What came of setting a secret. Setting the value that it has already changes nothing.</summary>
public sealed record SecretSet(string Name, string? Environment, long Version, bool Changed);

/// <summary>Which version of a secret an attempt gets. Its text, <c>api-token@3</c> or <c>api-token@production.3</c>, stands for the value in identities.</summary>
public sealed record SecretUse(string Name, string? Environment, long Version)
{
    private const char At = '@';

    /// <summary>Reads the text again.</summary>
    public static SecretUse Parse(string text)
    {
        var at = text.IndexOf(At, StringComparison.Ordinal);
        var dot = text.LastIndexOf('.');
        return new(
            text[..at],
            dot < 0 ? null : text[(at + 1)..dot],
            long.Parse(text.AsSpan(Math.Max(at, dot) + 1), CultureInfo.InvariantCulture)
        );
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}{At}{(Environment is null ? "" : Environment + ".")}{Version}"
        );
}
