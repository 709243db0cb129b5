namespace Rondo.Kernel.Reconcilers;

/// <summary>Limits of the loops.</summary>
public sealed record ReconcilerOptions
{
    /// <summary>How long a loop stands still after its server has died, before another server takes it up.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a server looks whether it may take up a loop that another turns.</summary>
    public TimeSpan Standby { get; init; } = TimeSpan.FromSeconds(1);
}
