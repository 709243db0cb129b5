using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Versions;

/// <summary>
/// Which versions hold which files, as spans: one row for each file that was pushed, however many versions hold it. So it can be asked
/// of a file whether any version that is left needs it.
/// </summary>
internal sealed class FileSpans(Database database, IBlobStore blobs)
{
    private const int DatasetsPerRound = 100;

    /// <summary>Notes that a version holds a file from here on, in the place of one of the same name.</summary>
    public static async ValueTask RecordAsync(Transaction transaction, DatasetVersion version, DatasetFileFacts file)
    {
        var row = new
        {
            version.Project,
            version.Environment,
            version.Dataset,
            version.Version,
            file.Name,
            file.Digest,
        };
        if (version.Version == 1)
        {
            await transaction.ExecuteAsync(
                "insert into datasets_indexed (project, environment, dataset) values (@Project, @Environment, @Dataset) on conflict do nothing",
                row
            );
        }

        await transaction.ExecuteAsync(
            """
            update datasets_span set until_version = @Version
            where project = @Project and environment = @Environment and dataset = @Dataset and name = @Name and until_version is null
            """,
            row
        );
        await transaction.ExecuteAsync(
            """
            insert into datasets_span (project, environment, dataset, name, digest, from_version)
            values (@Project, @Environment, @Dataset, @Name, @Digest, @Version)
            """,
            row
        );
    }

    /// <summary>Completes the spans of datasets that an earlier version of Rondo began, from the lists of files of their versions.</summary>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var places = await database.ReadAsync(
                async session =>
                    await session.QueryAsync<DatasetPlaceRow>(
                        """
                        select v.project, v.environment, v.dataset, max(v.version) as newest from datasets_version v
                        where not exists (
                            select 1 from datasets_indexed i
                            where i.project = v.project and i.environment = v.environment and i.dataset = v.dataset
                        )
                        group by v.project, v.environment, v.dataset order by 1, 2, 3 limit @limit
                        """,
                        new { limit = DatasetsPerRound }
                    ),
                cancellation
            );
            if (places.Count == 0)
            {
                return;
            }

            foreach (var place in places)
            {
                await CompleteAsync(place, cancellation);
            }
        }
    }

    private async Task CompleteAsync(DatasetPlaceRow place, CancellationToken cancellation)
    {
        var spans = await SpansAsync(place, cancellation);
        await database.WriteAsync(
            async transaction =>
            {
                // Somebody has pushed since: the next round takes that version along.
                var newest = await transaction.ScalarAsync<long>(
                    """
                    select max(version) from datasets_version
                    where project = @Project and environment = @Environment and dataset = @Dataset
                    """,
                    place
                );
                if (newest != place.Newest)
                {
                    return;
                }

                await transaction.ExecuteAsync(
                    "delete from datasets_span where project = @Project and environment = @Environment and dataset = @Dataset",
                    place
                );
                await transaction.ExecuteManyAsync(
                    """
                    insert into datasets_span (project, environment, dataset, name, digest, from_version, until_version)
                    values (@project, @environment, @dataset, @name, @digest, @from, @until)
                    """,
                    ["project", "environment", "dataset", "name", "digest", "from", "until"],
                    spans.Select(span =>
                        new object?[]
                        {
                            place.Project,
                            place.Environment,
                            place.Dataset,
                            span.Name,
                            span.Digest,
                            span.From,
                            span.Until,
                        }
                    )
                );
                await transaction.ExecuteAsync(
                    "insert into datasets_indexed (project, environment, dataset) values (@Project, @Environment, @Dataset)",
                    place
                );
            },
            cancellation
        );
    }

    private async Task<List<Span>> SpansAsync(DatasetPlaceRow place, CancellationToken cancellation)
    {
        var versions = await database.ReadAsync(
            async session =>
                await session.QueryAsync<(long Version, string Content)>(
                    """
                    select version, content_digest from datasets_version
                    where project = @Project and environment = @Environment and dataset = @Dataset and deleted_at is null
                    order by version
                    """,
                    place
                ),
            cancellation
        );
        var open = new Dictionary<string, Span>(StringComparer.Ordinal);
        var closed = new List<Span>();
        foreach (var (version, digest) in versions)
        {
            var bytes = await blobs.ReadAsync(digest, cancellation);
            var content = JsonSerializer.Deserialize<DatasetVersionContent>(bytes, RondoJson.Options)!;
            foreach (var file in content.Files)
            {
                if (open.TryGetValue(file.Name, out var known) && known.Digest == file.Digest)
                {
                    continue;
                }

                if (known is not null)
                {
                    closed.Add(known with { Until = version });
                }

                open[file.Name] = new Span(file.Name, file.Digest, version, null);
            }
        }

        return [.. closed, .. open.Values];
    }

    private sealed record Span(string Name, string Digest, long From, long? Until);

    private sealed record DatasetPlaceRow
    {
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Dataset { get; init; } = "";
        public long Newest { get; init; }
    }
}
