using System.Globalization;
using System.Text;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Pipelines;
using Rondo.Pipelines.Backfills;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>A deployed pipeline of one step, on a clock that the test moves, and short words for what happens to it.</summary>
internal sealed class TriggerScene : IAsyncDisposable
{
    public const string Train = "train";

    private TriggerScene(PipelineWorld world)
    {
        World = world;
        Server = world.Server();
    }

    public PipelineWorld World { get; }

    public TestServer Server { get; }

    public DateTimeOffset Now => World.Kernel.Time.GetUtcNow();

    public static async Task<TriggerScene> StartAsync() => new(await PipelineWorld.StartAsync());

    /// <summary>A pipeline that takes nothing from outside and has these triggers.</summary>
    public static PipelineManifest Pipeline(params TriggerManifest[] triggers) =>
        Manifests.Pipeline(Train, Manifests.Step("fit")) with
        {
            Triggers = triggers,
        };

    public Task DeployAsync(params PipelineManifest[] pipelines) => World.DeployAsync(Server, pipelines);

    public void Set(string time) => World.Kernel.Time.AdjustTime(At(time));

    /// <summary>Moves the clock and lets triggers look.</summary>
    public async Task LookAsync(string? time = null)
    {
        if (time is not null)
        {
            Set(time);
        }

        await Server.TriggerAsync();
    }

    /// <summary>The runs in the order in which they were made, whatever the clock showed.</summary>
    public async Task<IReadOnlyList<Run>> RunsAsync(string? pipeline = null)
    {
        var ids = await World.Kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                "select id from pipelines_run where pipeline = @pipeline or @pipeline is null order by created_position",
                new { pipeline }
            )
        );
        return await Task.WhenAll(ids.Select(Server.Runs.GetAsync));
    }

    public async Task<Run> OnlyRunAsync() => Assert.Single(await RunsAsync());

    /// <summary>The times of the schedule that had a run, in the order of their runs.</summary>
    public async Task<IEnumerable<string>> DueAsync() =>
        (await RunsAsync()).Select(run =>
            run.Evidence.GetProperty("due").GetDateTimeOffset().ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)
        );

    /// <summary>Why nothing was started, oldest first.</summary>
    public async Task<IReadOnlyList<string>> SkippedAsync() =>
        [.. (await World.EventsAsync("trigger.skipped")).Select(e => e.Data.GetProperty("reason").GetString()!)];

    /// <summary>Brings every run under way to its end.</summary>
    public async Task FinishAsync()
    {
        for (var round = 0; round < 1000; round++)
        {
            if ((await RunsAsync()).All(run => run.FinishedAt is not null))
            {
                return;
            }

            await Server.OrchestrateAsync();
            await Server.SettleAsync();
        }

        throw new InvalidOperationException("The runs do not end.");
    }

    public async Task<TriggerView> ViewAsync(int number = 1) =>
        (await Server.Get<TriggerBoard>().ListAsync(PipelineWorld.Project)).Single(view =>
            view.Pipeline == Train && view.Number == number
        );

    public Task PauseAsync(long? number = null) =>
        Server.Get<TriggerPauses>().PauseAsync(Choice(number), "holidays", new Actor("user:ada"));

    public Task ResumeAsync(long? number = null) =>
        Server.Get<TriggerPauses>().ResumeAsync(Choice(number), new Actor("user:ada"));

    public Task PushAsync(string file, int rows, string dataset = "days")
    {
        var csv = "date,rides\n" + string.Concat(Enumerable.Range(1, rows).Select(i => $"2001-01-{i:00},{i}\n"));
        return Server
            .Get<DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, dataset),
                file,
                new MemoryStream(Encoding.UTF8.GetBytes(csv)),
                Actor.Local
            );
    }

    public Task<long> EventAsync(string type, object data, long? cause = null) =>
        World.Kernel.Database.WriteAsync(async t =>
            await World.Kernel.Log.AppendAsync(
                t,
                new NewEvent(type, PipelineWorld.Project, "test", Actor.Local, data, cause)
            )
        );

    /// <summary>Turns the loop of backfills once.</summary>
    public Task<bool> FillAsync(TestServer? server = null) =>
        (server ?? Server)
            .Get<BackfillReconciler>()
            .ReconcileAsync(new("test", "test", 1, DateTimeOffset.MaxValue), CancellationToken.None);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    private static TriggerChoice Choice(long? number) => new(PipelineWorld.Project, Train, number);

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
