using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Approvals;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Brings runs forward: takes what is ready, reuses what was computed before, hands the rest to the executor. It keeps nothing
/// in memory that the database does not know; killed at any line, the next one goes on from the tables.
/// </summary>
internal sealed class Orchestrator(
    Database database,
    ReadySteps ready,
    StepPlanner planner,
    StepCache cache,
    StepClaims claims,
    StepPublisher publisher,
    NodeSettling settling,
    ApprovalRequests approvals,
    AttemptRunner runner,
    IExecutor executor,
    EventLog log,
    PipelinesOptions options,
    ServerIncarnation self,
    ILogger<Orchestrator> logger
) : Reconciler, IAsyncDisposable
{
    private const int ReadyPerRoundMax = 64;

    private readonly ConcurrentDictionary<(string Run, string Node, long Fence), OwnAttempt> _own = new();

    // By what attempts are taken away from those who run them: the end of a run, exit handlers, a reaper.
    private readonly EventListener _takenAway = log.Listen(kind =>
        kind is RunFinishedEvent.Type or GroupOpenedEvent.Type or StepFailedEvent.Type
    );
    private volatile bool _stops;
    private int _occupied;

    public override string Name => "pipelines.orchestrator";

    // That an attempt has begun gives nobody anything to do.
    public override bool Concerns(string kind) => kind != StepStartedEvent.Type;

    // Each server takes what it has room for, by compare-and-set.
    public override bool OnEveryServer => true;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        await CancelLostAsync();
        if (Volatile.Read(ref _occupied) >= executor.Capacity)
        {
            return false;
        }

        // Side by side, so that what is written shares a commit; room is given in the order of urgency.
        var steps = await ready.ReadAsync(ReadyPerRoundMax);
        var decided = await Task.WhenAll(steps.Select(step => DecideAsync(step.Step, step.Run, cancellation)));
        cancellation.ThrowIfCancellationRequested();
        var acted = await Task.WhenAll(decided.Select(ActAsync));
        // Had there been more, they would have filled the page; what becomes ready from now on is heard of.
        return steps.Count == ReadyPerRoundMax
            && acted.Contains(true)
            && Volatile.Read(ref _occupied) < executor.Capacity;
    }

    public override Task<long> PendingAsync() =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                $"select count(*) from pipelines_run where state = 'queued' or state in {RunStates.UnderWay}"
            )
        );

    private int Capacity => executor.Capacity;

    private PipelinesOptions Options => options;

    /// <summary>Room for one attempt beside the loop, where little is under way; null: everything is left to the loop.</summary>
    internal IDisposable? SpareRoom() =>
        _stops || _own.Count >= options.ChainedAttemptsMax ? null : executor.TryReserve(null);

    /// <summary>How many attempts of this server have not come to their end.</summary>
    internal int UnderWay => _own.Count;

    /// <summary>Waits until no attempt of this server is under way.</summary>
    public Task IdleAsync() => Task.WhenAll(_own.Values.Select(own => own.Carrying.Task));

    public async ValueTask DisposeAsync()
    {
        _stops = true;
        while (!_own.IsEmpty)
        {
            foreach (var own in _own.Values)
            {
                own.CallOff();
            }

            await IdleAsync();
        }

        _takenAway.Dispose();
    }

    private async Task<Decided> DecideAsync(ReadyStep step, RunInfo run, CancellationToken cancellation)
    {
        try
        {
            var decision = await planner.DecideAsync(step, run, cancellation);
            if (decision is not StepPlan plan)
            {
                return new Decided(decision, null, null);
            }

            executor.Require(plan.Node.Resources);
            var (known, why) = await cache.FindAsync(plan, cancellation);
            return new Decided(plan with { Decision = why }, known, null);
        }
        catch (RondoException e) when (e.Code is not ErrorCode.Unavailable)
        {
            return new Decided(new FailRun(run, null!, step), null, e);
        }
    }

    private Task<bool> ActAsync(Decided decided) =>
        decided switch
        {
            { Refusal: { } error } => settling.RefuseAsync(decided.Decision.Ready, decided.Decision.Run, error),
            { Decision: PassOver decision } => settling.PassOverAsync(decision),
            { Decision: OpenGroup decision } => settling.OpenAsync(decision),
            { Decision: FailRun decision } => settling.FailAsync(decision),
            { Decision: AskPerson decision } => approvals.AskAsync(decision),
            { Decision: TakeOver decision } => publisher.ReuseAsync(decision.Plan, StepEnd.Made(decision.Output)),
            { Decision: StepPlan plan, Known: { } known } => publisher.ReuseAsync(plan, known),
            { Decision: StepPlan plan } => BeginAsync(plan),
            _ => throw new InvalidOperationException($"Nobody knows how to {decided.Decision.GetType().Name}."),
        };

    private async Task<bool> BeginAsync(StepPlan plan)
    {
        if (executor.TryReserve(plan.Node.Resources) is not { } room)
        {
            return false;
        }

        var claimed = await ClaimAsync(plan, room);
        if (claimed is not null)
        {
            Start(claimed, room);
        }

        return claimed is not null;
    }

    // Room that is not used is given back, whatever happens.
    private async Task<ClaimedStep?> ClaimAsync(StepPlan plan, IDisposable room)
    {
        ClaimedStep? claimed = null;
        try
        {
            return claimed = await claims.ClaimAsync(plan);
        }
        finally
        {
            if (claimed is null)
            {
                room.Dispose();
            }
        }
    }

    /// <summary>Carries out a claimed attempt in the room that was taken for it.</summary>
    internal void Start(ClaimedStep step, IDisposable room)
    {
        var carrying = new Carrying();
        carrying.Task = CarryAllAsync(step, Own(step, carrying), new Place(this, room));
    }

    private OwnAttempt Own(ClaimedStep step, Carrying carrying)
    {
        var own = new OwnAttempt((step.Run.Id, step.NodeId, step.Fence), carrying);
        _own[own.Key] = own;
        if (_stops)
        {
            own.CallOff();
        }

        return own;
    }

    // The loop goes on; the attempt runs beside it, and after it those that follow in the same place.
    private async Task CarryAllAsync(ClaimedStep first, OwnAttempt own, Place place)
    {
        await Task.Yield();
        for (ClaimedStep? step = first; step is not null; )
        {
            step = await CarryAsync(step, place, own.Cancel);
            var ended = own;
            if (step is null)
            {
                place.Free();
            }
            else
            {
                own = Own(step, own.Carrying);
            }

            _own.TryRemove(ended.Key, out _);
            ended.Cancel.Dispose();
        }
    }

    /// <summary>Gives the step that goes on in the same place, if one was claimed.</summary>
    private async Task<ClaimedStep?> CarryAsync(ClaimedStep step, Place place, CancellationTokenSource cancel)
    {
        try
        {
            return await runner.RunAsync(step, place.FreeIfWanted, cancel);
        }
        catch (Exception e)
        {
            logger.LogError(
                e,
                "Attempt {Attempt} of {Node} in {Run} was given up; it will be begun again when its lease has run out",
                step.Attempt,
                step.NodeId,
                step.Run.Id
            );
            return null;
        }
    }

    // A cancelled or failed run has taken its attempts away: end them at once, not at their next heartbeat. One statement for all.
    private async Task CancelLostAsync()
    {
        if (_own.IsEmpty || !_takenAway.Heard)
        {
            return;
        }

        _takenAway.Forget();
        var before = _own.OrderBy(own => own.Key).ToList();
        var held = await database.ReadAsync(async session =>
            await session.QueryAsync<ReadyStep>(
                "select run_id, node_id, attempt, fence from pipelines_step where owner = @Id and state = 'running'",
                self
            )
        );
        var keys = held.Select(step => (step.RunId, step.NodeId, step.Fence)).ToHashSet();
        foreach (var (key, own) in before)
        {
            if (!keys.Contains(key) && _own.ContainsKey(key))
            {
                own.CallOff();
            }
        }
    }

    /// <summary>What was decided about a node; what is known of its outputs already; why it cannot even be planned.</summary>
    private sealed record Decided(StepDecision Decision, StepEnd? Known, RondoException? Refusal);

    /// <summary>The room that an attempt takes up at the executor.</summary>
    private sealed class Place
    {
        private readonly Orchestrator _owner;
        private readonly IDisposable _room;
        private int _freed;

        public Place(Orchestrator owner, IDisposable room)
        {
            (_owner, _room) = (owner, room);
            Interlocked.Increment(ref owner._occupied);
        }

        public void Free()
        {
            if (Interlocked.Exchange(ref _freed, 1) == 0)
            {
                Interlocked.Decrement(ref _owner._occupied);
                _room.Dispose();
            }
        }

        /// <summary>Where little is under way, nobody waits for the room while the end of the attempt is published.</summary>
        public bool FreeIfWanted()
        {
            if (
                _owner._own.Count <= _owner.Options.ChainedAttemptsMax
                && Volatile.Read(ref _owner._occupied) <= Math.Max(1, _owner.Capacity / 2)
            )
            {
                return false;
            }

            Free();
            return true;
        }
    }

    /// <summary>The task that carries out attempts one after the other.</summary>
    private sealed class Carrying
    {
        public Task Task { get; set; } = Task.CompletedTask;
    }

    private sealed record OwnAttempt((string Run, string Node, long Fence) Key, Carrying Carrying)
    {
        public CancellationTokenSource Cancel { get; } = new();

        public void CallOff()
        {
            try
            {
                Cancel.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }
}
