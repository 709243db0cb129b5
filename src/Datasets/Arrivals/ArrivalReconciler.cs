using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Arrivals;

/// <summary>
/// Adds rows that have arrived to their datasets, in the order in which they came. An arrival is taken away in the transaction that
/// publishes the version: what dies in between is done again, and changes nothing twice.
/// </summary>
internal sealed class ArrivalReconciler(
    Database database,
    DatasetStore datasets,
    DatasetArrivals arrivals,
    IBlobStore blobs
) : Reconciler
{
    private const int PerRoundMax = 20;

    public override string Name => "datasets.arrivals";

    public override bool Concerns(string kind) => kind == DatasetArrival.ArrivedType;

    public override TimeSpan Interval => TimeSpan.FromSeconds(5);

    public override Task<long> PendingAsync() =>
        database.ReadAsync(async session => await session.ScalarAsync<long>("select count(*) from datasets_arrival"));

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var waiting = await database.ReadAsync(
            async session =>
                await session.QueryAsync<ArrivalRow>(
                    """
                    select id, project, environment, dataset, file, type, digest, size, parents, run_id from datasets_arrival
                    order by created_at, id limit @limit
                    """,
                    new { limit = PerRoundMax }
                ),
            cancellation
        );
        foreach (var arrival in waiting.Select(row => row.ToArrival()))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await AddAsync(arrival, cancellation);
            }
            catch (RondoException e) when (e.Code is not ErrorCode.Unavailable)
            {
                await RefuseAsync(arrival, e);
            }
        }

        return waiting.Count == PerRoundMax;
    }

    private async Task AddAsync(DatasetArrival arrival, CancellationToken cancellation)
    {
        var facts = await FactsAsync(arrival, cancellation);
        if (facts is { Rows: 0 })
        {
            await database.WriteAsync(
                async transaction => await DatasetArrivals.TryTakeAsync(transaction, arrival),
                cancellation
            );
            return;
        }

        var addition = new DatasetAddition(
            [new NewDatasetFile(arrival.File, arrival.Artifact.Digest)],
            new DatasetOrigin(
                DatasetOrigin.Pipeline,
                facts?.Origin is { Length: > DatasetOrigin.TextLengthMax } ? null : facts?.Origin,
                arrival.Parents,
                facts is null ? null : facts.Rows + facts.Quarantined,
                arrival.RunId
            )
        )
        {
            Rows = arrival.Artifact,
            ReadSince = facts is null
                ? null
                : new Dictionary<string, JsonElement?>(StringComparer.Ordinal) { [facts.Connector] = facts.Since },
            Marks = facts?.Mark is { } mark
                ? new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [facts.Connector] = mark }
                : null,
        };
        var added = await datasets.AddAsync(
            arrival.Place,
            addition,
            DatasetArrivals.Actor,
            async transaction => await DatasetArrivals.TryTakeAsync(transaction, arrival)
        );
        if (!added.Created)
        {
            // The same bytes are there already under this name.
            await database.WriteAsync(
                async transaction => await DatasetArrivals.TryTakeAsync(transaction, arrival),
                cancellation
            );
        }
    }

    private async Task<NewRowsFacts?> FactsAsync(DatasetArrival arrival, CancellationToken cancellation)
    {
        if (arrival.Artifact.Type != ArtifactTypes.NewRows)
        {
            return null;
        }

        await using var stream = await blobs.OpenAsync(arrival.Artifact.Digest, cancellation);
        return NewRowsFacts.Of(Parquet.ReadFacts(stream));
    }

    private Task RefuseAsync(DatasetArrival arrival, RondoException error) =>
        database.WriteAsync(async transaction =>
        {
            if (await DatasetArrivals.TryTakeAsync(transaction, arrival))
            {
                await arrivals.TellAsync(transaction, DatasetArrival.RefusedType, arrival, error.Message);
            }
        });

    private sealed record ArrivalRow
    {
        public string Id { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Dataset { get; init; } = "";
        public string File { get; init; } = "";
        public string Type { get; init; } = "";
        public string Digest { get; init; } = "";
        public long Size { get; init; }
        public string Parents { get; init; } = "[]";
        public string RunId { get; init; } = "";

        public DatasetArrival ToArrival() =>
            new(
                Id,
                new DatasetPlace(Project, Environment, Dataset),
                File,
                new ArtifactRef(Type, Digest, Size),
                JsonSerializer.Deserialize<IReadOnlyList<string>>(Parents, RondoJson.Options)!,
                RunId
            );
    }
}
