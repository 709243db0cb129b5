using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Delivery.Builds;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Delivery.Releases;

/// <summary>
/// Brings releases forward: deploys the package; in test, gives it its sample and runs its pipelines; what works there goes on by
/// policy. Each step looks at what is there before it acts, so that it may be taken again by a server that was killed.
/// </summary>
internal sealed class ReleaseReconciler(
    ReleaseStore releases,
    DatasetStore datasets,
    PipelineCatalog pipelines,
    RunStore runs,
    Database database,
    IBlobStore blobs
) : Reconciler
{
    private static readonly Actor s_delivery = Actor.System("delivery");

    public override string Name => "delivery.releases";

    public override bool Concerns(string kind) =>
        kind == RunFinishedEvent.Type
        || kind.StartsWith("build.", StringComparison.Ordinal)
        || kind.StartsWith("release.", StringComparison.Ordinal);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var moved = false;
        foreach (var release in await releases.OpenAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                moved |=
                    release.State == ReleaseStates.Pending ? await DeployAsync(release) : await RehearseAsync(release);
            }
            catch (RondoException e) when (e.Code is not (ErrorCode.Unavailable or ErrorCode.Internal))
            {
                // What the package says cannot be done here: trying again would not mend it.
                await releases.FailAsync(release, e.Message);
            }
        }

        return moved;
    }

    public override async Task<long> PendingAsync() => (await releases.OpenAsync()).Count;

    private async Task<bool> DeployAsync(Release release)
    {
        var manifest = await ManifestAsync(release);
        await database.WriteAsync(async transaction =>
        {
            foreach (var dataset in manifest.Datasets)
            {
                await DatasetStore.DeclareAsync(transaction, release.Project, release.Environment, dataset);
            }
        });
        if (release.Environment == Environments.Test)
        {
            await PushSamplesAsync(release, manifest);
        }

        var deployed = new ReleaseDeployed(
            release.Id,
            release.Environment,
            release.Package,
            release.Commit,
            release.ManifestDigest,
            manifest.Endpoints
        );
        await releases.DeployAsync(
            release,
            deployed,
            async (transaction, position) =>
                await pipelines.DeployAsync(
                    transaction,
                    new DeployedPackage(
                        release.Project,
                        release.Environment,
                        release.Package,
                        release.Commit,
                        manifest,
                        s_delivery,
                        position
                    )
                )
        );
        return true;
    }

    private async Task<bool> RehearseAsync(Release release)
    {
        var manifest = await ManifestAsync(release);
        var known = new SortedDictionary<string, string>(
            release.Runs.ToDictionary(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        foreach (
            var pipeline in manifest.Pipelines.Where(pipeline =>
                Trial.Obstacle(manifest, pipeline, pipelines.PartitionToTry(pipeline)) is null
                && !known.ContainsKey(pipeline.Name)
            )
        )
        {
            known[pipeline.Name] = await FindRunAsync(release, pipeline.Name) ?? await RunAsync(release, pipeline);
            await releases.SaveRunsAsync(release, known);
        }

        var current = release with { Runs = known };
        foreach (var (pipeline, id) in known)
        {
            var run = await runs.GetAsync(id);
            if (run.FinishedAt is null)
            {
                return false;
            }

            if (run.State != RunStates.Succeeded)
            {
                await releases.FailAsync(current, $"Pipeline {pipeline} {run.State} in test (run {id}): {run.Reason}");
                return true;
            }
        }

        await releases.PassAsync(current);
        return true;
    }

    // A run that was made, and not noted before the server was killed.
    private async Task<string?> FindRunAsync(Release release, string pipeline)
    {
        var found = await runs.ListAsync(new RunFilter(release.Project, release.Environment, pipeline));
        return found
            .Items.FirstOrDefault(run =>
                run.Trigger == TriggerKinds.Release
                && run.Package == release.Package
                && run.CreatedAt >= release.CreatedAt
            )
            ?.Id;
    }

    private async Task<string> RunAsync(Release release, PipelineManifest pipeline)
    {
        var evidence = JsonSerializer.SerializeToElement(
            new
            {
                ReleaseId = release.Id,
                release.Commit,
                release.Package,
            },
            RondoJson.Options
        );
        var run = await runs.CreateAsync(
            new NewRun(
                release.Project,
                release.Environment,
                pipeline.Name,
                new Dictionary<string, JsonElement>(StringComparer.Ordinal),
                TriggerKinds.Release,
                evidence,
                s_delivery,
                release.Cause
            )
            {
                Partition = pipelines.PartitionToTry(pipeline),
            }
        );
        return run.Id;
    }

    private async Task PushSamplesAsync(Release release, Manifest manifest)
    {
        var sampled = manifest.Datasets.Where(dataset => dataset.Sample is not null).ToList();
        if (sampled.Count == 0)
        {
            return;
        }

        await using var package = await blobs.OpenAsync(release.Package);
        await using var zip = new ZipArchive(package, ZipArchiveMode.Read);
        foreach (var dataset in sampled)
        {
            var place = new DatasetPlace(release.Project, release.Environment, dataset.Name);
            foreach (var entry in zip.Entries.Where(entry => SampleFiles.Belongs(dataset.Sample!, entry.FullName)))
            {
                await using var content = await entry.OpenAsync();
                await datasets.PushFileAsync(place, Path.GetFileName(entry.FullName), content, s_delivery);
            }
        }
    }

    private async Task<Manifest> ManifestAsync(Release release) =>
        JsonSerializer.Deserialize<Manifest>(await blobs.ReadAsync(release.ManifestDigest), RondoJson.Options)
        ?? throw new RondoException(ErrorCode.DataCorrupt, $"The manifest of release {release.Id} is empty.");
}
