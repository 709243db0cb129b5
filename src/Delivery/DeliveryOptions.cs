namespace Rondo.Delivery;

/// <summary>Limits of building and of repositories, and the programs that are called.</summary>
public sealed record DeliveryOptions
{
    /// <summary>The longest a whole build may take.</summary>
    public TimeSpan BuildTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How much of a build's log is kept.</summary>
    public long LogBytesMax { get; init; } = 8L * 1024 * 1024;

    /// <summary>The largest push that is taken.</summary>
    public long PushBytesMax { get; init; } = 1L << 30;

    /// <summary>The largest package that is kept.</summary>
    public long PackageBytesMax { get; init; } = 2L << 30;

    /// <summary>The git program.</summary>
    public string Git { get; init; } = "git";

    /// <summary>The dotnet program.</summary>
    public string Dotnet { get; init; } = "dotnet";
}
