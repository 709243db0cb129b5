using Rondo.Tests.Simulation.Scheduling;

namespace Rondo.Tests.Simulation.Store;

/// <summary>How often something goes wrong, of a thousand times.</summary>
internal sealed record FaultRates
{
    /// <summary>The database does not answer.</summary>
    public int Refused { get; init; }

    /// <summary>A statement fails, and the transaction with it.</summary>
    public int Statement { get; init; }

    /// <summary>The commit fails, and nothing is written.</summary>
    public int Commit { get; init; }

    /// <summary>The commit succeeds, and is told to have failed.</summary>
    public int Unknown { get; init; }

    /// <summary>The work is run twice: what it wrote the first time was rolled back because of another writer.</summary>
    public int Collision { get; init; }

    /// <summary>The process is killed: before, between the statements of, or after a transaction.</summary>
    public int Kill { get; init; }

    /// <summary>A transaction, or its answer, takes long.</summary>
    public int Slow { get; init; }

    public int SlowMsMax { get; init; } = 1;

    /// <summary>The process stands still at a line of the protocol.</summary>
    public int Stall { get; init; }

    public int StallMsMax { get; init; } = 1;

    /// <summary>The news of a change does not reach another server.</summary>
    public int NewsLost { get; init; }

    /// <summary>Something that was committed arrives once more, later.</summary>
    public int Late { get; init; }

    /// <summary>A blob cannot be written, or read.</summary>
    public int Blob { get; init; }
}

/// <summary>What happens to one transaction. The number is that of the statement at which it happens.</summary>
internal readonly record struct Fault(FaultKind Kind, int Statement = 0);

internal enum FaultKind
{
    None,
    Refused,
    Statement,
    Commit,
    Unknown,
    Collision,
    KillBefore,
    KillAtStatement,
    KillBeforeCommit,
    KillAfter,
}

/// <summary>Decides by the seed what goes wrong. Calm, nothing does.</summary>
internal sealed class FaultSource(Random random, FaultRates rates, int killsMax)
{
    private const int StatementMax = 12;

    private readonly Dictionary<FaultKind, int> _done = [];

    public bool Calm { get; set; }

    public FaultRates Rates => rates;

    /// <summary>How often each kind has happened.</summary>
    public IReadOnlyDictionary<FaultKind, int> Done => _done;

    /// <summary>How many processes may still be killed.</summary>
    public int KillsLeft { get; private set; } = killsMax;

    public Random Random => random;

    public bool Happens(int ofThousand) => !Calm && ofThousand > 0 && random.Next(1000) < ofThousand;

    /// <summary>Whether the process is killed here.</summary>
    public bool Kills()
    {
        if (KillsLeft == 0 || !Happens(rates.Kill))
        {
            return false;
        }

        KillsLeft--;
        return true;
    }

    public Fault NextRead() =>
        Happens(rates.Refused) ? Count(new Fault(FaultKind.Refused))
        : Kills() ? Count(new Fault(random.Next(2) == 0 ? FaultKind.KillBefore : FaultKind.KillAfter))
        : default;

    public Fault NextWrite()
    {
        if (Kills())
        {
            return Count(new Fault(FaultKind.KillBefore + random.Next(4), 1 + random.Next(StatementMax)));
        }

        return Happens(rates.Refused) ? Count(new Fault(FaultKind.Refused))
            : Happens(rates.Statement) ? Count(new Fault(FaultKind.Statement, 1 + random.Next(StatementMax)))
            : Happens(rates.Commit) ? Count(new Fault(FaultKind.Commit))
            : Happens(rates.Unknown) ? Count(new Fault(FaultKind.Unknown))
            : Happens(rates.Collision) ? Count(new Fault(FaultKind.Collision))
            : default;
    }

    /// <summary>How long a call takes beyond its turn.</summary>
    public int DelayMs() => Happens(rates.Slow) ? 1 + random.Next(rates.SlowMsMax) : 0;

    private Fault Count(Fault fault)
    {
        _done[fault.Kind] = _done.GetValueOrDefault(fault.Kind) + 1;
        return fault;
    }
}
