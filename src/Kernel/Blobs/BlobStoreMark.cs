using System.Text;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;
using Rondo.Sdk.Files;

namespace Rondo.Kernel.Blobs;

/// <summary>
/// Ties a folder of blobs to its database by an id that both carry. A server that was started with the folder of another database
/// would find none of the bytes that its rows name, and write where nobody looks.
/// </summary>
public static class BlobStoreMark
{
    private const string FileName = "store.id";

    /// <summary>Marks both when they are new; refuses two that do not belong together.</summary>
    public static async Task CheckAsync(Database database, string folder, IdSource ids)
    {
        var file = Path.Combine(folder, FileName);
        var wanted = await database.ReadAsync(async session =>
            await session.ScalarAsync<string>("select id from kernel_blob_store")
        );
        if (wanted is not null && !File.Exists(file))
        {
            throw Refused(folder);
        }

        var marked = await MarkAsync(file, ids);
        var known = await database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync("kernel.blob_store");
            await transaction.ExecuteAsync(
                "insert into kernel_blob_store (id) select @marked where not exists (select 1 from kernel_blob_store)",
                new { marked }
            );
            return await transaction.ScalarAsync<string>("select id from kernel_blob_store");
        });
        if (known != marked)
        {
            throw Refused(folder);
        }
    }

    // Of several servers that start together on a new folder, one names it.
    private static async Task<string> MarkAsync(string file, IdSource ids)
    {
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            FileOnce.Make(file, Encoding.ASCII.GetBytes(ids.New("blobs") + "\n"));
        }

        return (await File.ReadAllTextAsync(file)).Trim();
    }

    private static RondoException Refused(string folder) =>
        new(
            ErrorCode.FailedPrecondition,
            $"The blobs in {folder} are not those of this database.",
            "Give the folder that belongs to it with --shared (or --data, where one server uses the database)."
        );
}
