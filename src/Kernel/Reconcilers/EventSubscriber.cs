using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Kernel.Reconcilers;

/// <summary>
/// A reaction to events with a durable cursor. The handler's writes and the cursor move in one transaction: each event takes
/// effect exactly once. A handler talks to the database only; slow work is left to a <see cref="Reconciler"/>.
/// </summary>
public abstract class EventSubscriber
{
    /// <summary>Names the cursor; stable, such as <c>serving.endpoints</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The types it wants to see.</summary>
    public abstract IReadOnlyCollection<string> Types { get; }

    /// <summary>The types it wants to see now, where that is a matter of state. Asked on the snapshot on which the log is read.</summary>
    public virtual ValueTask<IReadOnlyCollection<string>> TypesNowAsync(Session session) => new(Types);

    /// <summary>Reacts to one event.</summary>
    public abstract Task HandleAsync(Transaction transaction, LoggedEvent e);
}
