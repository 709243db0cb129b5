namespace Rondo.Kernel.Access;

/// <summary>That a user has a role at a place and all below it. The user is the name of a credential.</summary>
public sealed record Grant(string Id, string User, Role Role, Place Place);

/// <summary>A grant with who gave it and when.</summary>
public sealed record GivenGrant(Grant Grant, DateTimeOffset At, string By);
