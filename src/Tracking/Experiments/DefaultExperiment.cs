using Microsoft.Extensions.Hosting;
using Rondo.Kernel.Db;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Experiments;

/// <summary>Runs that name no experiment go to number 0, which is there before the first request.</summary>
internal sealed class DefaultExperiment(Database database, TimeProvider time) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            async transaction =>
            {
                var made = await transaction.ExecuteAsync(
                    """
                    insert into tracking_experiment (id, name, path, artifact_location, lifecycle, created_at, updated_at)
                    values (0, 'Default', '/Default/', @location, 'active', @at, @at)
                    on conflict do nothing
                    """,
                    new { location = ExperimentStore.LocationOf(0), at = time.GetUtcNow().ToUnixTimeMilliseconds() }
                );
                if (made > 0)
                {
                    await TextIndex.AddExperimentAsync(transaction, 0);
                }
            },
            cancellationToken
        );

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
