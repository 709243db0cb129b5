using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Runs;

/// <summary>Writes many rows with one statement, prepared once: their number does not grow with a graph.</summary>
internal static class RowInsert
{
    public static async ValueTask IntoAsync(
        Transaction transaction,
        string table,
        IReadOnlyList<string> columns,
        IEnumerable<object?[]> rows
    )
    {
        var all = rows as IReadOnlyCollection<object?[]> ?? [.. rows];
        if (all.Count > 0)
        {
            await transaction.ExecuteManyAsync(
                $"insert into {table} ({string.Join(", ", columns)}) values ({string.Join(", ", columns.Select(c => "@" + c))})",
                columns,
                all
            );
        }
    }
}
