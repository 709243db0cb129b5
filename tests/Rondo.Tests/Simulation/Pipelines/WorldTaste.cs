using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>What a seed is about. Each seed has only some kinds of trouble, so that one does not hide another.</summary>
internal sealed record WorldTaste
{
    public int Servers { get; init; }
    public bool Leased { get; init; }
    public int KillsMax { get; init; }
    public bool Pauses { get; init; }
    public bool ClockJumps { get; init; }
    public bool Damage { get; init; }
    public FaultRates Faults { get; init; } = new();
    public int ShortMsMax { get; init; }
    public int LongMsMax { get; init; }

    /// <summary>How many of a hundred attempts take long.</summary>
    public int Long { get; init; }
    public int Deaf { get; init; }
    public int Breaks { get; init; }
    public int Torn { get; init; }
    public bool Logs { get; init; }
    public int RunsMax { get; init; }
    public int TroubleMs { get; init; }
    public GraphTaste Graph { get; init; } = new(6, 2, 0.2, 0.15, 0.2);

    public static WorldTaste Of(Random random)
    {
        var servers = random.Next(10) switch
        {
            < 3 => 1,
            < 8 => 2,
            _ => 3,
        };
        return new WorldTaste
        {
            Servers = servers,
            Leased = random.Next(2) == 0,
            KillsMax = random.Next(7),
            Pauses = servers > 1 && random.Next(2) == 0,
            ClockJumps = random.Next(3) == 0,
            Damage = random.Next(12) == 0,
            Faults = Rates(random) with
            {
                Stall = servers > 1 ? Some(random, 120) : 0,
                StallMsMax = 1 + random.Next(10_000),
            },
            ShortMsMax = 1 + random.Next(2_000),
            LongMsMax = 1 + random.Next(12_000),
            Long = random.Next(3) == 0 ? random.Next(100) : 5,
            Deaf = Some(random, 500),
            Breaks = Rarely(random, 100),
            Torn = Rarely(random, 200),
            Logs = random.Next(4) == 0,
            RunsMax = 1 + random.Next(4),
            TroubleMs = 5_000 + random.Next(25_000),
            Graph = new GraphTaste(
                NodesMax: 1 + random.Next(8),
                DepthMax: random.Next(4),
                Group: random.NextDouble() * 0.4,
                Loop: random.NextDouble() * 0.35,
                Trouble: random.Next(3) == 0 ? 0 : random.NextDouble() * 0.4
            ),
        };
    }

    private static FaultRates Rates(Random random) =>
        new()
        {
            Refused = Some(random, 30),
            Statement = Some(random, 30),
            Commit = Some(random, 30),
            Unknown = Some(random, 50),
            Collision = Some(random, 50),
            Kill = Some(random, 15),
            Slow = Some(random, 60),
            SlowMsMax = 1 + random.Next(6_000),
            NewsLost = Some(random, 500),
            Late = Some(random, 300),
            Blob = Rarely(random, 50),
        };

    private static int Some(Random random, int most) => random.Next(2) == 0 ? 0 : random.Next(most);

    private static int Rarely(Random random, int most) => random.Next(5) > 0 ? 0 : random.Next(most);
}
