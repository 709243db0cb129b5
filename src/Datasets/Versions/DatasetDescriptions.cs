using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Versions;

/// <summary>
/// The statistics of a version. A version never changes, and neither do they: they are computed when somebody first asks, and kept as long
/// as the version is.
/// </summary>
public sealed class DatasetDescriptions(Database database, DatasetStore datasets, IBlobStore blobs)
{
    private readonly DatasetFileReader _reader = new(blobs);

    /// <summary>The statistics of all files of a version together, and what stands in the list of files.</summary>
    /// <exception cref="RondoException">There is no such version, it was deleted, or its files do not fit together.</exception>
    public async Task<DatasetDescription> DescribeAsync(
        DatasetPlace place,
        long? number,
        CancellationToken cancellation = default
    )
    {
        var version = await datasets.RequireAsync(place, number);
        var content = await ContentAsync(version, cancellation);
        var statistics = await KnownAsync(version.ContentDigest, cancellation);
        if (statistics is null)
        {
            statistics = Source(content.Files).Describe();
            await KeepAsync(version.ContentDigest, statistics, cancellation);
        }

        return new DatasetDescription(
            version,
            content.Files,
            content.Marks,
            statistics,
            statistics.Warnings(),
            await ChildrenAsync(version.Id)
        );
    }

    /// <summary>The files of a version.</summary>
    internal async Task<DatasetVersionContent> ContentAsync(DatasetVersion version, CancellationToken cancellation) =>
        JsonSerializer.Deserialize<DatasetVersionContent>(
            await blobs.ReadAsync(version.ContentDigest, cancellation),
            RondoJson.Options
        )!;

    /// <summary>The rows of files, one below the other.</summary>
    internal TableSource Source(IReadOnlyList<DatasetFile> files) =>
        TableSource.Join("dataset", [.. files.Select(file => _reader.Open(file.Name, file.Digest))]);

    private async Task<TableStatistics?> KnownAsync(string content, CancellationToken cancellation)
    {
        var digest = await database.ReadAsync(
            async session =>
                await session.ScalarAsync<string>(
                    "select digest from datasets_statistics where content_digest = @content",
                    new { content }
                ),
            cancellation
        );
        return digest is not null && await blobs.ExistsAsync(digest, cancellation)
            ? JsonSerializer.Deserialize<TableStatistics>(
                await blobs.ReadAsync(digest, cancellation),
                RondoJson.Options
            )
            : null;
    }

    private async Task KeepAsync(string content, TableStatistics statistics, CancellationToken cancellation)
    {
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(statistics, RondoJson.Options));
        var blob = await blobs.PutAsync(json, cancellation);
        await database.WriteAsync(
            async transaction =>
                await transaction.ExecuteAsync(
                    """
                    insert into datasets_statistics (content_digest, digest) values (@content, @Digest)
                    on conflict (content_digest) do update set digest = excluded.digest
                    """,
                    new { content, blob.Digest }
                ),
            cancellation
        );
    }

    private Task<IReadOnlyList<string>> ChildrenAsync(string id) =>
        database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                "select child from datasets_parent where parent = @id order by child limit 1000",
                new { id }
            )
        );
}
