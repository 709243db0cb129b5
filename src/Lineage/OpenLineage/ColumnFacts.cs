using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.OpenLineage;

/// <summary>The columns of a table and its number of rows.</summary>
internal sealed record TableFacts(IReadOnlyList<(string Name, ColumnType Type)> Columns, long Rows);

/// <summary>Reads what tables hold, where they are small enough to be read for this. What cannot be read any more has no facts.</summary>
internal sealed class ColumnFacts(IBlobStore blobs)
{
    private const long TableBytesMax = 4 * 1024 * 1024;

    public async Task<TableFacts?> OfAsync(string type, string digest, long size, CancellationToken cancellation)
    {
        if (type is not (ArtifactTypes.Table or ArtifactTypes.RawTable) || size > TableBytesMax)
        {
            return null;
        }

        return await ReadAsync(
            digest,
            stream =>
            {
                var table = Parquet.Read(stream);
                return new TableFacts([.. table.Columns.Select(column => (column.Name, column.Type))], table.RowCount);
            },
            cancellation
        );
    }

    public Task<TableStatistics?> StatisticsAsync(string digest, CancellationToken cancellation) =>
        ReadAsync(
            digest,
            stream => JsonSerializer.Deserialize<TableStatistics>(stream, RondoJson.Options),
            cancellation
        );

    private async Task<T?> ReadAsync<T>(string digest, Func<Stream, T?> read, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var stream = await blobs.OpenAsync(digest, cancellation);
            return read(stream);
        }
        catch (Exception e) when (e is RondoException or JsonException or IOException)
        {
            return null;
        }
    }
}
