using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>Params or tags of many owners, read at once.</summary>
internal sealed class MlflowPairs
{
    private readonly Dictionary<string, Dictionary<string, string>> _pairs = new(StringComparer.Ordinal);

    /// <summary>Reads a query of owner, key and value.</summary>
    public static async Task<MlflowPairs> ReadAsync(
        MlflowTables tables,
        string sql,
        IReadOnlyList<(string Name, object Value)> arguments,
        CancellationToken cancellation
    )
    {
        var pairs = new MlflowPairs();
        await foreach (var row in tables.RowsAsync(sql, arguments, cancellation))
        {
            if (!pairs._pairs.TryGetValue(row.Text(0), out var ofOwner))
            {
                pairs._pairs[row.Text(0)] = ofOwner = new Dictionary<string, string>(StringComparer.Ordinal);
            }

            ofOwner[row.Text(1)] = row.Text(2);
        }

        return pairs;
    }

    public IReadOnlyDictionary<string, string> Of(string owner) =>
        _pairs.TryGetValue(owner, out var pairs) ? pairs : TransferJson.None;
}
