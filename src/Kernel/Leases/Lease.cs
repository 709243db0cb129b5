namespace Rondo.Kernel.Leases;

/// <summary>The right to act alone under a name until a time. The fence grows with every change of holder.</summary>
public sealed record Lease(string Name, string Holder, long Fence, DateTimeOffset ExpiresAt);
