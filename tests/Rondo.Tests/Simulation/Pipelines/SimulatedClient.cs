using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The people: who release, start, cancel, resume and rerun, who answer questions, late, twice or wrongly.</summary>
internal sealed class SimulatedClient(SimulatedWorld world, Random random)
{
    public const string Approver = "user:ada";

    private const int PatienceMs = 20_000;

    private readonly List<PipelineManifest> _pipelines = [];
    private int _released;

    private SimulatedProcess Outside => world.Outside;

    /// <summary>Uses the servers until the time of trouble is over, then sees to it that everything can end.</summary>
    public async Task PlayAsync()
    {
        world.Supervise();
        await UntilDoneAsync(ReleaseAsync);
        var left = 1 + random.Next(world.Taste.RunsMax);
        while (Outside.Scheduler.NowMs < world.Taste.TroubleMs)
        {
            await Pause(random.Next(1_500));
            world.Disturb();
            world.Supervise();
            if (left > 0 && random.Next(2) == 0)
            {
                left--;
                await AskAsync(StartAsync);
            }

            await MeddleAsync();
            if (left == 0 && !world.Watch.AnyUnderWay && random.Next(3) == 0)
            {
                break;
            }
        }

        world.CalmDown();
        await EndAsync(left);
    }

    private async Task EndAsync(int left)
    {
        world.Supervise();
        while (!world.Watch.AnyRun && left > 0)
        {
            await AskAsync(StartAsync);
        }

        while (world.Store.Number(Unfinished) > 0)
        {
            await Pause(300);
            world.Supervise();
            await AnswerAllAsync();
        }
    }

    // Runs, and the ends of runs that triggers have not looked at.
    private const string Unfinished = """
        select (select count(*) from pipelines_run where state in ('queued', 'created', 'running', 'finishing'))
            + (select count(*) from pipelines_signal)
            + (select count(*) from kernel_event where type = 'run.finished' and position > coalesce(
                (select position from kernel_cursor where subscriber = 'pipelines.triggers'), 0
            ))
        """;

    private async Task MeddleAsync()
    {
        switch (random.Next(16))
        {
            case 0:
                await AskAsync(CancelAsync);
                break;
            case 1:
                await AskAsync(ResumeAsync);
                break;
            case 2:
                await AskAsync(RerunAsync);
                break;
            case 3 when _released < 3:
                await AskAsync(ReleaseAsync);
                break;
            case < 10:
                await AskAsync(AnswerAsync);
                break;
        }
    }

    private async Task UntilDoneAsync(Func<SimulatedServer, Task> work)
    {
        while (await AskAsync(work) is not null)
        {
            await Pause(500);
            world.Supervise();
        }
    }

    /// <summary>Asks any server; null when it was done. Who waits in vain goes on.</summary>
    private async Task<Exception?> AskAsync(Func<SimulatedServer, Task> work)
    {
        var living = world.Living;
        if (living.Count == 0)
        {
            return new IOException("Nobody is there.");
        }

        var call = living[random.Next(living.Count)].CallAsync(work);
        var late = Pause(PatienceMs);
        Outside.Scheduler.Trace.Add(Outside, Happening.Client);
        return await Task.WhenAny(call, late) == call ? await call : new IOException("No answer.");
    }

    private async Task ReleaseAsync(SimulatedServer server)
    {
        if (_pipelines.Count == 0 || random.Next(2) == 0)
        {
            _pipelines.Clear();
            for (var i = 0; i < 1 + random.Next(2); i++)
            {
                var pipeline = new RandomPipeline(random, world.Taste.Graph).Make($"pipe{i}");
                _pipelines.Add(pipeline with { Triggers = Triggers(i) });
            }
        }

        _released++;
        foreach (var pipeline in _pipelines)
        {
            world.Watch.Know(pipeline);
            Outside.Scheduler.Trace.Say(Outside, $"releases {JsonSerializer.Serialize(pipeline, RondoJson.Options)}");
        }

        var pools = Enumerable
            .Range(0, 2)
            .Select(i => new PoolManifest($"pool{i}", 1 + random.Next(2)))
            .Concat(random.Next(5) == 0 ? [new PoolManifest("*", 2)] : []);
        var manifest = new Manifest(Manifest.CurrentFormatVersion, SimulatedWorld.Project, "0.1.0", [], _pipelines, [])
        {
            Pools = world.Watch.HasPools ? [] : [.. pools],
        };
        await server
            .Get<Database>()
            .WriteAsync(async transaction =>
                await server
                    .Get<PipelineCatalog>()
                    .DeployAsync(
                        transaction,
                        new DeployedPackage(
                            SimulatedWorld.Project,
                            SimulatedWorld.Environment,
                            new string('a', 64),
                            $"commit{_released}",
                            manifest,
                            Actor.Local
                        )
                    )
            );
    }

    // Noon is a quarter of a minute away, and comes once.
    private List<TriggerManifest> Triggers(int pipeline)
    {
        var overlap = random.Next(3) switch
        {
            0 => "skip",
            1 => "queue",
            _ => "cancel-previous",
        };
        var triggers = new List<TriggerManifest>();
        if (random.Next(6) == 0)
        {
            triggers.Add(
                new TriggerManifest(TriggerKinds.Schedule, Cron: "0 12 * * *")
                {
                    Overlap = overlap,
                    CatchUp = random.Next(2) == 0 ? "none" : "all",
                }
            );
        }

        if (pipeline == 1 && random.Next(2) == 0)
        {
            triggers.Add(
                new TriggerManifest(TriggerKinds.Pipeline)
                {
                    Pipeline = "pipe0",
                    States = random.Next(2) == 0 ? [RunStates.Succeeded] : [RunStates.Failed, RunStates.Cancelled],
                    Overlap = overlap,
                }
            );
        }

        if (triggers.Count > 0 && overlap == "cancel-previous")
        {
            world.Watch.Pushy.Add($"pipe{pipeline}");
        }

        return triggers;
    }

    private async Task StartAsync(SimulatedServer server)
    {
        var pipeline = _pipelines[random.Next(_pipelines.Count)];
        var pushes = random.Next(8) == 0;
        if (pushes)
        {
            world.Watch.Pushy.Add(pipeline.Name);
        }

        await server
            .Get<RunStore>()
            .CreateAsync(
                new NewRun(
                    SimulatedWorld.Project,
                    SimulatedWorld.Environment,
                    pipeline.Name,
                    random.Next(2) == 0
                        ? new Dictionary<string, JsonElement>()
                        : new Dictionary<string, JsonElement>
                        {
                            [RandomPipeline.Parameter] = JsonSerializer.SerializeToElement(random.Next(3)),
                        },
                    TriggerKinds.Manual,
                    null,
                    Actor.Local
                )
                {
                    Fresh = random.Next(8) == 0,
                    Priority = random.Next(4) == 0 ? random.Next(5) : null,
                    FailurePolicy =
                        random.Next(6) > 0 ? null
                        : random.Next(2) == 0 ? FailurePolicies.Fast
                        : FailurePolicies.Slow,
                    WhenBusy = pushes ? WhenBusy.CancelPrevious : WhenBusy.Queue,
                }
            );
    }

    private async Task CancelAsync(SimulatedServer server)
    {
        if (AnyRun("state in ('queued', 'created', 'running', 'finishing')") is { } run)
        {
            await server.Get<RunStore>().CancelAsync(run, Actor.Local);
        }
    }

    private async Task ResumeAsync(SimulatedServer server)
    {
        if (AnyRun("state in ('failed', 'cancelled', 'stopped')") is { } run)
        {
            await server.Get<RunStore>().ResumeAsync(run, Actor.Local, currentCode: random.Next(3) == 0);
        }
    }

    private async Task RerunAsync(SimulatedServer server)
    {
        if (AnyRun("finished_at is not null") is { } run)
        {
            await server.Get<RunStore>().RerunAsync(run, Actor.Local, currentCode: random.Next(3) == 0);
        }
    }

    private async Task AnswerAsync(SimulatedServer server)
    {
        var waiting = Waiting();
        if (waiting.Count == 0)
        {
            return;
        }

        var (run, node) = waiting[random.Next(waiting.Count)];
        var answer = random.Next(8) == 0 ? (object)"no number" : random.Next(3);
        var who = new Actor(random.Next(4) == 0 ? "user:eve" : Approver);
        await AnswerAsync(server, run, node, answer, who);
        if (random.Next(3) == 0)
        {
            await AnswerAsync(server, run, node, random.Next(3), new Actor(Approver));
        }
    }

    private async Task AnswerAllAsync()
    {
        foreach (var (run, node) in Waiting())
        {
            await AskAsync(server => AnswerAsync(server, run, node, random.Next(3), new Actor(Approver)));
        }
    }

    private async Task AnswerAsync(SimulatedServer server, string run, string node, object answer, Actor who) =>
        await server
            .Get<ApprovalStore>()
            .AnswerAsync(new ApprovalAnswer(run, node, JsonSerializer.SerializeToElement(answer), null, who));

    private List<(string Run, string Node)> Waiting() =>
        world.Store.Rows(
            "select run_id, node_id from pipelines_step where state = 'waiting' order by run_id, position, node_id",
            row => (row.GetString(0), row.GetString(1))
        );

    private string? AnyRun(string where)
    {
        var runs = world.Store.Rows($"select id from pipelines_run where {where} order by id", row => row.GetString(0));
        return runs.Count == 0 ? null : runs[random.Next(runs.Count)];
    }

    private Task Pause(int ms) => Task.Delay(TimeSpan.FromMilliseconds(ms), Outside.Clock);
}
