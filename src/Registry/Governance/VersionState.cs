namespace Rondo.Registry.Governance;

/// <summary>Where a version stands on its way; which moves are legal is known here alone.</summary>
public static class VersionState
{
    /// <summary>Registered; nobody has decided yet.</summary>
    public const string Pending = "pending";

    /// <summary>May be served.</summary>
    public const string Approved = "approved";

    /// <summary>Must not be served.</summary>
    public const string Rejected = "rejected";

    /// <summary>Serves.</summary>
    public const string Production = "production";

    /// <summary>Of the past; kept, and can be brought back.</summary>
    public const string Archived = "archived";

    /// <summary>All of them, in the order of the way.</summary>
    public static IReadOnlyList<string> All { get; } = [Pending, Approved, Production, Rejected, Archived];

    /// <summary>The states that one move leads to.</summary>
    public static IReadOnlyList<string> After(string state) =>
        state switch
        {
            Pending => [Approved, Rejected, Archived],
            Approved => [Production, Rejected, Pending, Archived],
            Production => [Approved, Rejected, Archived],
            Rejected => [Pending, Archived],
            Archived => [Pending, Approved],
            _ => [],
        };

    /// <summary>The shortest legal way, without its beginning; empty where the version is there already.</summary>
    public static IReadOnlyList<string> Way(string from, string to)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        var next = new Queue<string>([from]);
        while (next.TryDequeue(out var state) && state != to)
        {
            foreach (var after in After(state))
            {
                if (after != from && before.TryAdd(after, state))
                {
                    next.Enqueue(after);
                }
            }
        }

        var way = new List<string>();
        for (var at = to; at != from; at = before[at])
        {
            way.Add(at);
        }

        way.Reverse();
        return way;
    }
}
