namespace Rondo.Retention;

/// <summary>One sweep: at most so many things go, and none with <paramref name="DryRun"/>.</summary>
public sealed record Sweep(RetentionOptions Keep, DateTimeOffset Now, bool DryRun, int Limit);

/// <summary>What a sweep found: how many things went (or would go), their bytes where these are known, some of their names, and whether there are more.</summary>
public sealed record Swept(long Items, long Bytes, IReadOnlyList<string> Examples, bool More)
{
    /// <summary>How many names are given.</summary>
    public const int ExamplesMax = 10;

    public static Swept Nothing { get; } = new(0, 0, [], More: false);
}

/// <summary>Something of a module's that piles up: folders of what has ended, old logs. A sweep may be ended anywhere, and taken again.</summary>
public interface ILitter
{
    /// <summary>What it is, for people: <c>logs</c>.</summary>
    string Name { get; }

    /// <summary>Whether it lies on each server by itself, not in what the servers share.</summary>
    bool Local { get; }

    /// <summary>Removes a bounded part of it.</summary>
    Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation);
}
