namespace Rondo.Kernel.Events;

/// <summary>Passes on to listeners that something has happened on this server, or on another one that shares its database.</summary>
internal sealed class EventSignal
{
    private readonly Lock _lock = new();
    private volatile EventListener[] _listeners = [];

    public void Add(EventListener listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners, listener];
        }
    }

    public void Remove(EventListener listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }

    /// <summary>Something of this kind has happened; null: nobody knows what.</summary>
    public void Raise(string? kind)
    {
        foreach (var listener in _listeners)
        {
            listener.Hear(kind);
        }
    }
}
