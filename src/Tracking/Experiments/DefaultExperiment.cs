using System.Globalization;
using Microsoft.Extensions.Hosting;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Experiments;

/// <summary>Runs that name no experiment go to number 0, which is there before the first request.</summary>
internal sealed class DefaultExperiment(Database database, TimeProvider time) : IHostedService
{
    private const string Name = "Default";

    public Task StartAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            async transaction =>
            {
                if (await IsThereAsync(transaction))
                {
                    return;
                }

                await transaction.LockAsync(ExperimentStore.NamesLock);
                if (!await IsThereAsync(transaction))
                {
                    await MakeAsync(transaction);
                }
            },
            cancellationToken
        );

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async ValueTask<bool> IsThereAsync(Session session) =>
        await session.ScalarAsync<long>(
            "select count(*) from tracking_experiment where id = 0 and lifecycle <> 'removed'"
        ) > 0;

    // An earlier version of Rondo has removed it for good where somebody had deleted it, and freed its name.
    private async ValueTask MakeAsync(Transaction transaction)
    {
        var name = await FreeNameAsync(transaction);
        await transaction.ExecuteAsync(
            """
            insert into tracking_experiment (id, name, path, artifact_location, lifecycle, created_at, updated_at)
            values (0, @name, @path, @location, 'active', @at, @at)
            on conflict (id) do update set name = excluded.name, path = excluded.path,
                artifact_location = excluded.artifact_location, lifecycle = excluded.lifecycle,
                created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            new
            {
                name,
                path = Place.PathOf(name),
                location = ExperimentStore.LocationOf(0),
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );
        await TextIndex.AddExperimentAsync(transaction, 0);
    }

    private static async ValueTask<string> FreeNameAsync(Session session)
    {
        var name = Name;
        for (
            var n = 0L;
            await session.ScalarAsync<long>("select count(*) from tracking_experiment where name = @name", new { name })
                > 0;
            n++
        )
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{Name} {n}");
        }

        return name;
    }
}
