namespace Rondo.Server.Connections;

/// <summary>Threads that connections have to themselves. One whose connection has ended takes the next one that comes.</summary>
internal sealed class ConnectionThreads
{
    /// <summary>The most at a time: with more clients than this there is always somebody to answer, and a thread that wakes for one answers others too.</summary>
    public const int Max = 16;

    private readonly object _gate = new();
    private readonly Queue<Action> _work = [];
    private int _threads;
    private int _free;

    /// <summary>Runs it on a thread of its own; false where all are taken, or the system gives no further thread.</summary>
    public bool TryRun(Action work)
    {
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                _work.Enqueue(work);
                Monitor.Pulse(_gate);
                return true;
            }

            if (_threads == Max)
            {
                return false;
            }

            _threads++;
        }

        return TryStart(work);
    }

    private bool TryStart(Action work)
    {
        try
        {
            new Thread(() => RunAll(work)) { IsBackground = true, Name = "Connection" }.UnsafeStart();
            return true;
        }
        catch (OutOfMemoryException)
        {
            // So the runtime says that the system's limit of threads is reached.
            lock (_gate)
            {
                _threads--;
            }

            return false;
        }
    }

    private void RunAll(Action work)
    {
        while (true)
        {
            work();
            work = Next();
        }
    }

    private Action Next()
    {
        lock (_gate)
        {
            _free++;
            Action? work;
            while (!_work.TryDequeue(out work))
            {
                Monitor.Wait(_gate);
            }

            return work;
        }
    }
}
