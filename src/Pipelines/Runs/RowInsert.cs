using System.Text;
using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Runs;

/// <summary>Writes many rows with few statements: their number does not grow with a graph.</summary>
internal static class RowInsert
{
    private const int RowsPerStatementMax = 1000;

    public static async ValueTask IntoAsync(
        Transaction transaction,
        string table,
        IReadOnlyList<string> columns,
        IEnumerable<object?[]> rows
    )
    {
        foreach (var chunk in rows.Chunk(RowsPerStatementMax))
        {
            var sql = new StringBuilder($"insert into {table} ({string.Join(", ", columns)}) values ");
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
            for (var r = 0; r < chunk.Length; r++)
            {
                sql.Append(r == 0 ? "(" : ", (");
                for (var c = 0; c < columns.Count; c++)
                {
                    var name = $"p{r * columns.Count + c}";
                    sql.Append(c == 0 ? "@" : ", @").Append(name);
                    arguments[name] = chunk[r][c];
                }

                sql.Append(')');
            }

            await transaction.ExecuteAsync(sql.ToString(), arguments);
        }
    }
}
