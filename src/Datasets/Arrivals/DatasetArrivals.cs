using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Datasets.Arrivals;

/// <summary>
/// Rows that are to be added, written down in the transaction that publishes them: a file cannot be read there, and must not be forgotten.
/// </summary>
public sealed class DatasetArrivals(EventLog log, TimeProvider time)
{
    /// <summary>Who adds them.</summary>
    public static readonly Actor Actor = new("system:datasets");

    /// <summary>Notes that rows are to be added; again, where it is known already, does nothing.</summary>
    public async ValueTask RecordAsync(Transaction transaction, DatasetArrival arrival)
    {
        var noted = await transaction.ExecuteAsync(
            """
            insert into datasets_arrival (id, project, environment, dataset, file, type, digest, size, parents, run_id, created_at)
            values (@Id, @Project, @Environment, @Dataset, @File, @Type, @Digest, @Size, @parents, @RunId, @at)
            on conflict do nothing
            """,
            new
            {
                arrival.Id,
                arrival.Place.Project,
                arrival.Place.Environment,
                arrival.Place.Dataset,
                arrival.File,
                arrival.Artifact.Type,
                arrival.Artifact.Digest,
                arrival.Artifact.Size,
                parents = JsonSerializer.Serialize(arrival.Parents, RondoJson.Options),
                arrival.RunId,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );
        if (noted == 1)
        {
            await TellAsync(transaction, DatasetArrival.ArrivedType, arrival, null);
        }
    }

    /// <summary>Takes an arrival away; false where another server has.</summary>
    internal static async ValueTask<bool> TryTakeAsync(Transaction transaction, DatasetArrival arrival) =>
        await transaction.ExecuteAsync("delete from datasets_arrival where id = @Id", new { arrival.Id }) == 1;

    internal async ValueTask TellAsync(Transaction transaction, string type, DatasetArrival arrival, string? reason) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(
                type,
                arrival.Place.Project,
                arrival.RunId,
                Actor,
                new DatasetRowsEvent(
                    arrival.Place.Dataset,
                    arrival.Place.Environment,
                    arrival.File,
                    arrival.RunId,
                    reason
                )
            )
        );
}
