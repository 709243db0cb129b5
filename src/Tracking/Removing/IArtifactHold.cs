using Rondo.Kernel.Db;

namespace Rondo.Tracking.Removing;

/// <summary>Who still needs files that runs or logged models have logged.</summary>
public interface IArtifactHold
{
    /// <summary>Gets ready for a removal.</summary>
    Task PrepareAsync(CancellationToken cancellation);

    /// <summary>Why something is needed, by the ids of those of which it is.</summary>
    ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(Session session, IReadOnlyList<LoggedFiles> logged);
}

/// <summary>Whoever comes to need files that were logged waits for a removal, and the removal for him: then each sees what the other has done.</summary>
public static class ArtifactHolds
{
    /// <summary>Taken after all other locks.</summary>
    public static ValueTask LockAsync(Transaction transaction) => transaction.LockAsync("tracking.files");

    /// <summary>Why some of these are needed, by their ids.</summary>
    internal static async ValueTask<Dictionary<string, string>> HeldAsync(
        this IEnumerable<IArtifactHold> holds,
        Session session,
        IReadOnlyList<LoggedFiles> logged
    )
    {
        var needed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var hold in logged.Count == 0 ? [] : holds)
        {
            foreach (var (id, why) in await hold.HeldAsync(session, logged))
            {
                needed[id] = why;
            }
        }

        return needed;
    }
}

/// <summary>The files that a run or logged model has logged: where they are, and how clients name them by its id.</summary>
public sealed record LoggedFiles(string Id, string Address, string Name);
