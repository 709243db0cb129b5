using System.Text.Json;
using Rondo.Kernel.Db;

namespace Rondo.Mlflow.Transfer;

/// <summary>
/// Records as they were brought last, in a table of the module that takes them in: what has changed at their source since is told apart from
/// what has changed here.
/// </summary>
internal sealed class ImportMemory(Transaction transaction, string table)
{
    /// <summary>The record as it was brought last; null where this is the first time.</summary>
    public async ValueTask<T?> LastAsync<T>(T record)
        where T : TransferRecord
    {
        var known = await transaction.ScalarAsync<string>(
            $"select record from {table} where kind = @Kind and id = @Label",
            new { record.Kind, record.Label }
        );
        return known is null ? null : JsonSerializer.Deserialize<T>(known, TransferJson.Options);
    }

    /// <summary>Keeps the record as it was brought.</summary>
    public async ValueTask RememberAsync<T>(T record)
        where T : TransferRecord =>
        await transaction.ExecuteAsync(
            $"""
            insert into {table} (kind, id, record) values (@Kind, @Label, @json)
            on conflict (kind, id) do update set record = excluded.record
            """,
            new
            {
                record.Kind,
                record.Label,
                json = JsonSerializer.Serialize(record, TransferJson.Options),
            }
        );
}
