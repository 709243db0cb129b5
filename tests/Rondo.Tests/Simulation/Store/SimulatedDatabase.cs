using Rondo.Kernel.Db;
using Rondo.Tests.Simulation.Scheduling;

namespace Rondo.Tests.Simulation.Store;

/// <summary>
/// The shared tables as one process sees them. Each read and each transaction happens at one point of the schedule, with every other
/// process free to act before it, and after it before its answer arrives.
/// </summary>
internal sealed class SimulatedDatabase(
    SimulatedStore store,
    SimulatedProcess process,
    FaultSource faults,
    Dialect dialect
) : Database
{
    /// <summary>Called after each commit, with what was run.</summary>
    public event Action<SimulatedCommit>? Committed;

    /// <summary>The others of the shared tables.</summary>
    public List<SimulatedDatabase> Others { get; } = [];

    public override Dialect Dialect => dialect;

    public SimulatedProcess Process => process;

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, Task<T>> work,
        CancellationToken cancellation = default
    )
    {
        await EnterAsync();
        cancellation.ThrowIfCancellationRequested();
        var fault = faults.NextWrite();
        Note(Happening.Write, work, fault);
        Before(fault);
        if (fault.Kind == FaultKind.Collision)
        {
            _ = Transact(work, fault);
            await EnterAsync();
            fault = default;
        }

        var result = Transact(work, fault);
        if (process.Dead)
        {
            await SimulatedProcess.Never;
        }

        await EnterAsync();
        return result;
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        await EnterAsync();
        cancellation.ThrowIfCancellationRequested();
        var fault = faults.NextRead();
        Note(Happening.Read, work, fault);
        Before(fault);
        var reading = work(NewSession(new SimulatedConnection(store, null), null));
        var result = Finished(reading);
        if (fault.Kind == FaultKind.KillAfter)
        {
            throw process.Die("after a read");
        }

        await EnterAsync();
        return result;
    }

    public override void TellOthers()
    {
        foreach (var other in Others)
        {
            if (!other.Process.Dead && !faults.Happens(faults.Rates.NewsLost))
            {
                other.Hear();
            }
        }
    }

    /// <summary>The news of a change arrives.</summary>
    public void Hear() => process.Post(_ => HearOthers(), null);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs committed work once more: a message that arrives twice, the second time late. Whatever it does must be harmless.</summary>
    public void Repeat<T>(Func<Transaction, Task<T>> work)
    {
        store.BeginTransaction();
        try
        {
            Finished(work(NewTransaction(new SimulatedConnection(store, null), null)));
            store.Commit();
        }
        catch (Exception e) when (e is not Violation)
        {
            store.Rollback();
        }
    }

    private async Task EnterAsync()
    {
        if (process.Dead)
        {
            await SimulatedProcess.Never;
        }

        if (!process.Scheduler.OnItsThread($"{process} uses the database") || SynchronizationContext.Current != process)
        {
            throw process.Scheduler.Violate($"{process} uses the database from outside.");
        }

        var delay = faults.DelayMs();
        if (delay == 0)
        {
            await Task.Yield();
        }
        else
        {
            await Task.Delay(TimeSpan.FromMilliseconds(delay), process.Clock);
        }
    }

    private void Before(Fault fault)
    {
        if (fault.Kind == FaultKind.KillBefore)
        {
            throw process.Die("before a transaction");
        }

        if (fault.Kind == FaultKind.Refused)
        {
            throw Unavailable("does not answer");
        }
    }

    private T Transact<T>(Func<Transaction, Task<T>> work, Fault fault)
    {
        var connection = new SimulatedConnection(store, statement => AtStatement(statement, fault));
        var transaction = NewTransaction(connection, null);
        T result;
        store.BeginTransaction();
        try
        {
            result = Finished(work(transaction));
            AtCommit(fault);
        }
        catch (StoreException e)
        {
            store.Rollback();
            throw Unavailable(e.Message);
        }
        catch
        {
            store.Rollback();
            throw;
        }

        if (fault.Kind == FaultKind.Collision)
        {
            store.Rollback();
            return result;
        }

        store.Commit();
        Committed?.Invoke(new SimulatedCommit(process, work, () => Repeat(work)));
        switch (fault.Kind)
        {
            case FaultKind.Unknown:
                throw Unavailable("broke off while it committed");
            case FaultKind.KillAfter:
                throw process.Die("after a commit");
            default:
                NotifyCommitted(transaction);
                return result;
        }
    }

    private void AtStatement(int statement, Fault fault)
    {
        if (process.Dead)
        {
            throw new KilledException("before");
        }

        if (statement != fault.Statement)
        {
            return;
        }

        switch (fault.Kind)
        {
            case FaultKind.KillAtStatement:
                throw process.Die($"before statement {statement}");
            case FaultKind.Statement:
                throw new StoreException("disk I/O error");
        }
    }

    private void AtCommit(Fault fault)
    {
        if (process.Dead)
        {
            throw new KilledException("before");
        }

        switch (fault.Kind)
        {
            case FaultKind.KillAtStatement:
            case FaultKind.KillBeforeCommit:
                throw process.Die("before the commit");
            case FaultKind.Statement:
            case FaultKind.Commit:
                throw new StoreException("the commit failed");
        }
    }

    private T Finished<T>(Task<T> work) =>
        work.IsCompleted
            ? work.GetAwaiter().GetResult()
            : throw process.Scheduler.Violate("Work in a transaction waits for something that is not the database.");

    private static RondoException Unavailable(string what) =>
        new(ErrorCode.Unavailable, $"The database {what}.", "Try again.");

    private void Note(Happening kind, Delegate work, Fault fault)
    {
        process.Scheduler.Trace.Add(process, kind, ((int)fault.Kind << 8) + fault.Statement);
        if (process.Scheduler.Trace.Verbose)
        {
            var wrong = fault.Kind == FaultKind.None ? "" : $" !! {fault.Kind} {fault.Statement}";
            process.Scheduler.Trace.Say(
                process,
                $"{(kind == Happening.Write ? "writes" : "reads")} {WorkNames.Of(work)}{wrong}"
            );
        }
    }
}

/// <summary>A transaction that was committed. <paramref name="Repeat"/> runs it once more.</summary>
internal sealed record SimulatedCommit(SimulatedProcess Process, Delegate Work, Action Repeat);
