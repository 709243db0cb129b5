using System.Runtime.ExceptionServices;

namespace Rondo.Data;

internal static class ParallelWork
{
    /// <summary>Runs so many workers beside each other and waits for all; the first error is thrown as it was.</summary>
    public static void Run(int workers, Action<int> work)
    {
        try
        {
            Task.WaitAll([.. Enumerable.Range(0, workers).Select(worker => Task.Run(() => work(worker)))]);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
