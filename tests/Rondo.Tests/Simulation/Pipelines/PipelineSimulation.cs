using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// One to three servers run random graphs, under everything that can go wrong by the seed. When nothing goes wrong any more every run
/// must end, and each must have ended as the reference says that it may.
/// </summary>
internal sealed class PipelineSimulation(Mutation? mutation = null) : ISimulation
{
    private const int TimeMsMax = 900_000;
    private const int StepsMax = 200_000;

    public IReadOnlyList<ModuleSchema> Modules { get; } =
    [KernelModule.Schema, LineageModule.Schema, DatasetsModule.Schema, RegistryModule.Schema, PipelinesModule.Schema];

    public Mutation? Mutation => mutation;

    public SeedOutcome Run(SimulatedStore store, Seed seed, bool verbose)
    {
        var trace = new Trace(verbose);
        var way = seed.Stream("way");
        var ordering = new Ordering(
            way.Next(4) == 0 ? 0 : way.NextDouble(),
            way.Next(3) == 0 ? way.NextDouble() * 0.01 : 0,
            1 + way.Next(6_000)
        );
        var scheduler = new SimulationScheduler(seed.Stream("order"), ordering, trace);
        store.Begin();
        SimulatedWorld? world = null;
        try
        {
            world = new SimulatedWorld(scheduler, store, seed);
            var client = new SimulatedClient(world, seed.Stream("client"));
            scheduler.Run(world.Outside.Start(client.PlayAsync), TimeMsMax, StepsMax);
            Check(world);
            return Outcome(null);
        }
        catch (Exception e)
        {
            return Outcome(e);
        }
        finally
        {
            store.End();
        }

        SeedOutcome Outcome(Exception? failure) =>
            new(seed.Number, trace.Digest, trace.Text, failure, Figures(scheduler, world));
    }

    private static SeedFigures Figures(SimulationScheduler scheduler, SimulatedWorld? world)
    {
        var counts = new Dictionary<string, long>(world?.Watch.Counts ?? [], StringComparer.Ordinal);
        foreach (var line in world?.KilledAt ?? (IReadOnlySet<string>)new HashSet<string>())
        {
            counts["killed at " + line] = 1;
        }

        foreach (var (kind, count) in world?.Faults.Done ?? new Dictionary<FaultKind, int>())
        {
            counts["fault " + kind] = count;
        }

        return new SeedFigures(scheduler.Steps, scheduler.NowMs, counts);
    }

    private static void Check(SimulatedWorld world)
    {
        world.Watch.AfterCommit(world.Outside);
        foreach (var run in world.Watch.Runs)
        {
            ReferenceRun.Check(run, new RunTables(world.Store, run.Id), world.Disk, world.Excuses);
        }

        CheckTriggers(world);
        var cached = world.Store.Rows("select outputs from pipelines_cache", row => row.GetString(0));
        foreach (var outputs in cached)
        {
            var start = outputs.IndexOf("\"digest\":\"", StringComparison.Ordinal) + "\"digest\":\"".Length;
            var digest = outputs[start..(start + 64)];
            if (!world.Disk.Has(digest) && !world.Disk.Damaged.Contains(digest))
            {
                throw new Violation($"The cache points at {digest}, whose bytes are not there.");
            }
        }
    }

    // Each end of a run is answered once by each pipeline that it concerns, and each time of a schedule once by each trigger: where a
    // release changes the trigger while a clock is behind, another one answers the same time.
    private static void CheckTriggers(SimulatedWorld world)
    {
        var twice = world.Store.Rows(
            """
            select subject || ' answers ' || coalesce(cause, 'noon') || ' ' || count(*) || ' times' from kernel_event
            where type = 'trigger.fired' or (type = 'trigger.skipped' and cause is not null) group by subject, cause
            having count(*) > case when cause is not null then 1 else (
                select count(*) from pipelines_firing f where f.pipeline = subject and f.reason like 'due:%'
            ) end
            """,
            row => row.GetString(0)
        );
        if (twice.Count > 0)
        {
            throw new Violation($"A trigger: {string.Join(", ", twice)}.");
        }

        foreach (var (pipeline, trigger) in world.Watch.PipelineTriggers)
        {
            var unanswered = world.Store.Rows(
                $"""
                select subject from kernel_event e where type = 'run.finished'
                    and data like '%"pipeline":"{trigger.Pipeline}"%' and ({string.Join(
                    " or ",
                    trigger.States!.Select(state => $"data like '%\"state\":\"{state}\"%'")
                )})
                    and not exists (
                        select 1 from kernel_event a where a.cause = e.position and a.subject = '{pipeline}'
                            and a.type in ('trigger.fired', 'trigger.skipped')
                    )
                """,
                row => row.GetString(0)
            );
            if (unanswered.Count > 0)
            {
                throw new Violation($"{pipeline} was to answer the end of {string.Join(", ", unanswered)}.");
            }
        }
    }
}
