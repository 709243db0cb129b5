namespace Rondo.Secrets;

/// <summary>Data of <c>secret.set</c>; the subject is <c>project/name</c>.</summary>
public sealed record SecretSetEvent(string Name, string? Environment, long Version)
{
    public const string Type = "secret.set";
}

/// <summary>Data of <c>secret.deleted</c>; the subject is <c>project/name</c>.</summary>
public sealed record SecretDeletedEvent(string Name, string? Environment)
{
    public const string Type = "secret.deleted";
}
