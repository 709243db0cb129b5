using System.Collections.Concurrent;
using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation;

/// <summary>A simulation of one seed on shared tables, from its beginning to its end.</summary>
internal interface ISimulation
{
    /// <summary>The tables that it needs.</summary>
    IReadOnlyList<ModuleSchema> Modules { get; }

    /// <summary>A mistake in the product that the simulation must find. Null: it is left as it is.</summary>
    Mutation? Mutation { get; }

    /// <summary>Runs the seed; the outcome says what did not hold.</summary>
    SeedOutcome Run(SimulatedStore store, Seed seed, bool verbose);
}

/// <summary>How a seed went. The failure is null where everything held.</summary>
internal sealed record SeedOutcome(long Seed, ulong Digest, string Trace, Exception? Failure, SeedFigures Figures);

/// <summary>What a seed did, for the figures of many.</summary>
internal sealed record SeedFigures(long Steps, long TimeMs, IReadOnlyDictionary<string, long> Counts)
{
    public static SeedFigures None { get; } = new(0, 0, new Dictionary<string, long>());
}

/// <summary>Runs many seeds, a few at a time, each on one thread of its own.</summary>
internal static class SeedRun
{
    private const int TailLines = 60;

    /// <summary>The seed that the environment asks for, or null.</summary>
    public static long? Asked { get; } =
        long.TryParse(
            Environment.GetEnvironmentVariable("RONDO_SIMULATION_SEED"),
            CultureInfo.InvariantCulture,
            out var seed
        )
            ? seed
            : null;

    /// <summary>How many seeds to run: as many as the environment asks for, a million with <c>./test --full</c>, else the given number.</summary>
    public static int Count(int usual) =>
        int.TryParse(
            Environment.GetEnvironmentVariable("RONDO_SIMULATION_SEEDS"),
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
        : Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 } ? 1_000_000
        : usual;

    /// <summary>Runs the seeds; the outcomes are those that failed, at most a few.</summary>
    public static IReadOnlyList<SeedOutcome> All(
        Func<ISimulation> simulation,
        IEnumerable<long> seeds,
        int failuresMax = 3,
        Action<SeedOutcome>? each = null
    )
    {
        var failed = new ConcurrentBag<SeedOutcome>();
        using var left = seeds.GetEnumerator();
        var threads = Enumerable
            .Range(0, Math.Max(1, Environment.ProcessorCount))
            .Select(_ => new Thread(() => Work(simulation())))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return [.. failed.OrderBy(outcome => outcome.Seed)];

        long? Next()
        {
            lock (left)
            {
                return left.MoveNext() ? left.Current : null;
            }
        }

        void Work(ISimulation one)
        {
            using var store = SimulatedStore.Open(one.Modules, one.Mutation);
            while (failed.Count < failuresMax && Next() is { } seed)
            {
                var outcome = one.Run(store, new Seed(seed), verbose: false);
                each?.Invoke(outcome);
                if (outcome.Failure is not null)
                {
                    failed.Add(outcome);
                }
            }
        }
    }

    /// <summary>Runs one seed, with its trace in words.</summary>
    public static SeedOutcome One(ISimulation simulation, long seed)
    {
        using var store = SimulatedStore.Open(simulation.Modules, simulation.Mutation);
        return simulation.Run(store, new Seed(seed), verbose: true);
    }

    /// <summary>What a person needs to know of a failed seed: what was wrong, how to see it again, and what came before.</summary>
    public static string Explain(ISimulation simulation, SeedOutcome failed)
    {
        var again = One(simulation, failed.Seed);
        var same =
            again.Digest == failed.Digest
                ? ""
                : "\nRun again it took another way: the simulation is not deterministic!";
        var tail = string.Join('\n', again.Trace.TrimEnd().Split('\n').TakeLast(TailLines));
        return $"""
            Seed {failed.Seed} failed: {failed.Failure?.Message}{same}
            See all of it with RONDO_SIMULATION_SEED={failed.Seed}. The last {TailLines} lines of its trace:
            {tail}
            {failed.Failure}
            """;
    }
}
