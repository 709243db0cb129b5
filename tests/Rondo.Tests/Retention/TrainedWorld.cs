using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Serving.Models;
using Rondo.Tests.Pipelines;
using Rondo.Tests.Registry;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Retention;

/// <summary>A project that trains a model from each dataset version, and serves it: every module from data to endpoint, on one database.</summary>
internal sealed class TrainedWorld : IAsyncDisposable
{
    public const string Endpoint = "line";

    private static readonly NodeManifest s_register = Manifests.Step("register", "train") with
    {
        Outputs = [new PortManifest("proposal", ArtifactTypes.ModelProposal)],
    };

    private TrainedWorld(PipelineWorld world, TestServer server) => (World, Server) = (world, server);

    public PipelineWorld World { get; }
    public TestServer Server { get; }
    public static DatasetPlace Days { get; } = new(PipelineWorld.Project, PipelineWorld.Production, "days");

    public static async Task<TrainedWorld> StartAsync()
    {
        var world = await PipelineWorld.StartAsync(ServingModule.Schema);
        var server = world.Server(more: services => services.AddSingleton<IModelRuntime, LineRuntime>().AddServing());
        var trained = new TrainedWorld(world, server);
        world.Executor.Ports = r =>
            r.NodeId == "register" ? s_register.Outputs
            : r.NodeId == "train" ? [new PortManifest("value", ArtifactTypes.Model)]
            : [new PortManifest("value", ArtifactTypes.Table)];
        world.Executor.Content = (r, _) => trained.Content(r);
        await trained.DeployAsync("code");
        await world.Kernel.Database.WriteAsync(async t =>
            await world.Kernel.Log.AppendAsync(
                t,
                new NewEvent(
                    "release.deployed",
                    PipelineWorld.Project,
                    "package",
                    Actor.Local,
                    new
                    {
                        environment = "production",
                        package = "package",
                        commit = "c0ffee",
                        endpoints = new[] { ServingHarness.Manifest(new RolloutPolicy([100], 0, 0, null, null)) },
                    }
                )
            )
        );
        return trained;
    }

    /// <summary>Deploys the pipeline with this code: other code is another package, and its steps are computed anew.</summary>
    public Task DeployAsync(string code) =>
        World.DeployAsync(
            Server,
            Manifests.Pipeline(
                "train",
                Manifests.Dataset("days", "days"),
                Manifests.Step("load", "days") with
                {
                    CodeDigest = code,
                    Outputs = [new PortManifest("value", ArtifactTypes.Table)],
                },
                Manifests.Step("train", "load") with
                {
                    CodeDigest = code,
                    Outputs = [new PortManifest("value", ArtifactTypes.Model)],
                },
                s_register with
                {
                    CodeDigest = code,
                }
            )
        );

    /// <summary>Pushes one more year, trains on all of them, and lets the endpoint follow.</summary>
    public async Task<Run> TrainAsync(int year)
    {
        World.Kernel.Time.Advance(TimeSpan.FromMinutes(1));
        await PushAsync($"{year}.csv", $"date,rides\n{year}-01-01,{year}\n");
        var run = await RunAsync();
        await TurnAsync();
        return run;
    }

    public Task<DatasetPush> PushAsync(string file, string content) =>
        Server
            .Get<DatasetStore>()
            .PushFileAsync(Days, file, new MemoryStream(Encoding.UTF8.GetBytes(content)), Actor.Local);

    public async Task<Run> RunAsync()
    {
        var run = await Server.FinishAsync((await Server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id);
        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        return run;
    }

    /// <summary>Turns the loops of serving and lineage until none has anything more to do.</summary>
    public async Task TurnAsync()
    {
        var again = true;
        while (again)
        {
            again = false;
            foreach (var loop in Server.Get<IEnumerable<Reconciler>>())
            {
                if (loop.Name.Contains("serving", StringComparison.Ordinal) || loop.Name == "subscriber.lineage")
                {
                    var lease = await World.Kernel.Leases.TryAcquireAsync(loop.Name, "test", TimeSpan.FromDays(10_000));
                    again |= await loop.ReconcileAsync(lease!, CancellationToken.None);
                }
            }
        }
    }

    /// <summary>Whether the bytes are there, without asking the store: that would keep them.</summary>
    public bool Has(string digest) => File.Exists(PathOf(digest));

    public string PathOf(string digest) => Path.Combine(World.Kernel.Blobs.Root, digest[..2], digest);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    // A model of its own for each table, which the test runtime can load.
    private byte[]? Content(StepRequest request)
    {
        var line = new LineModel(1, Convert.ToInt32(request.Inputs["in0"].Digest[..4], 16));
        if (request.NodeId == "train")
        {
            return TestModels.Bundle(line);
        }

        if (request.NodeId != "register")
        {
            return null;
        }

        var bundle = World.Kernel.Blobs.ReadAsync(request.Inputs["in0"].Digest).GetAwaiter().GetResult();
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bundle));
        using var entry = zip.GetEntry("line.json")!.Open();
        var trained = JsonSerializer.Deserialize<LineModel>(entry)!;
        var proposal = TestModels.ProposeAsync(World.Kernel.Blobs, trained).GetAwaiter().GetResult();
        return JsonSerializer.SerializeToUtf8Bytes(
            proposal with
            {
                Artifact = request.Inputs["in0"],
            },
            RondoJson.Options
        );
    }
}
