using Rondo.Kernel.Db;

namespace Rondo.Tracking.Removing;

/// <summary>Who still needs files that runs or logged models have logged.</summary>
public interface IArtifactHold
{
    /// <summary>Those of the addresses below which something is needed, each with why.</summary>
    ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(Session session, IReadOnlyList<string> addresses);
}
