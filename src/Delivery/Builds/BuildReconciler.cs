using Microsoft.Extensions.Logging;
using Rondo.Delivery.Repositories;
using Rondo.Kernel;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Kernel.Servers;

namespace Rondo.Delivery.Builds;

/// <summary>
/// Brings the builds of this server's pushes forward, one at a time: a build takes all the processors there are. A build whose
/// server lives no more was interrupted when that one ended; its pusher has been told so by the broken connection.
/// </summary>
internal sealed class BuildReconciler(
    BuildStore builds,
    BuildQueue queue,
    BuildLanding landing,
    BuildRunner runner,
    PushGate gate,
    ServerPresence servers,
    ServerPaths paths,
    ILogger<BuildReconciler> logger
) : Reconciler
{
    private const string Interrupted = "The server ended while it was building. Push again.";

    private Task _running = Task.CompletedTask;
    private bool _tidied;

    public override string Name => "delivery.builds";

    public override bool Concerns(string kind) => kind.StartsWith("build.", StringComparison.Ordinal);

    // A push is held by the server that it came to.
    public override bool OnEveryServer => true;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        if (!_tidied)
        {
            _tidied = true;
            gate.Tidy();
            TidyBuilds();
        }

        var open = await builds.OpenAsync();
        foreach (var (build, _) in open)
        {
            if (
                queue.Find(build.Id) is { } live
                && build.State == BuildStates.Queued
                && _running.IsCompleted
                && await builds.StartAsync(build)
            )
            {
                _running = RunAsync(live, cancellation);
            }
        }

        await EndInterruptedAsync([.. open.Where(found => queue.Find(found.Build.Id) is null)]);
        return false;
    }

    public override async Task<long> PendingAsync() => (await builds.OpenAsync()).Count;

    private async Task EndInterruptedAsync(IReadOnlyList<OpenBuild> elsewhere)
    {
        var living = await servers.LivingAsync(elsewhere.Select(found => found.Owner).OfType<string>());
        foreach (var (build, owner) in elsewhere)
        {
            if (owner is not null && owner != servers.Id && living.Contains(owner))
            {
                continue;
            }

            await (
                build.State == BuildStates.Succeeded
                    ? landing.SettleAsync(build, Interrupted)
                    : builds.FailAsync(build, Interrupted)
            );
        }
    }

    private void TidyBuilds()
    {
        foreach (var left in Directory.Exists(paths.BuildsFolder) ? Directory.GetDirectories(paths.BuildsFolder) : [])
        {
            if (queue.Find(Path.GetFileName(left)) is null)
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    // Outcomes end here: a build that fails for a reason nobody foresaw is a failed build all the same.
    private async Task RunAsync(LiveBuild live, CancellationToken stopping)
    {
        // The loop must be free for others while this one runs.
        await Task.Yield();
        try
        {
            var package = await runner.RunAsync(live, stopping);
            if (!await builds.SucceedAsync(live.Build, package))
            {
                throw new BuildFault(Interrupted);
            }

            live.Tell($"Package {package.Digest[..12]}, {package.Bytes / 1_000_000.0:0.#} MB");
            live.Succeed();
        }
        catch (Exception e)
        {
            var reason = ReasonOf(e, live, stopping);
            if (e is not (RondoException or OperationCanceledException or BuildFault))
            {
                logger.LogError(e, "Build {Build} failed unforeseen", live.Build.Id);
            }

            live.Log.Write("Failed: " + reason);
            await builds.FailAsync(live.Build, reason, (e as BuildFault)?.Tests);
            live.Fail(reason);
        }
    }

    private static string ReasonOf(Exception e, LiveBuild live, CancellationToken stopping) =>
        e switch
        {
            BuildFault or RondoException => e.Message,
            OperationCanceledException when stopping.IsCancellationRequested => Interrupted,
            OperationCanceledException when live.Wanted.IsCancellationRequested => LiveBuild.Unwanted,
            _ => $"The server failed: {e.Message}",
        };
}
