namespace Rondo.Kernel;

/// <summary>Who or what changed a state: <c>user:ada</c>, <c>local</c>, <c>trigger:degraded</c>, <c>system:rollout</c>. Stands in every event.</summary>
public readonly record struct Actor(string Name)
{
    /// <summary>Whoever reaches a server that listens on loopback only.</summary>
    public static Actor Local => new("local");

    /// <summary>A part of the server acting by itself.</summary>
    public static Actor System(string part) => new("system:" + part);

    public override string ToString() => Name;
}
