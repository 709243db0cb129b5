using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>Params or tags of many owners, read at once.</summary>
internal sealed class MlflowPairs
{
    private readonly Dictionary<string, Dictionary<string, string>> _pairs = new(StringComparer.Ordinal);

    // What of an owner could not be read.
    private readonly Dictionary<string, List<string>> _wrong = new(StringComparer.Ordinal);

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
            pairs.Add(row.Text(0), row);
        }

        return pairs;
    }

    /// <summary>The pairs of an owner, by its id in the database. What of them could not be read is its problem.</summary>
    public IReadOnlyDictionary<string, string> Of(string id, TransferRecord owner, SourceProblems problems)
    {
        foreach (var why in _wrong.GetValueOrDefault(id, []))
        {
            problems.Add(owner, why);
        }

        return _pairs.TryGetValue(id, out var pairs) ? pairs : TransferJson.None;
    }

    private void Add(string owner, MlflowRow row)
    {
        try
        {
            var (key, value) = (row.Text(1), row.Text(2));
            if (!_pairs.TryGetValue(owner, out var pairs))
            {
                _pairs[owner] = pairs = new Dictionary<string, string>(StringComparer.Ordinal);
            }

            pairs[key] = value;
        }
        catch (FormatException e)
        {
            if (!_wrong.TryGetValue(owner, out var wrong))
            {
                _wrong[owner] = wrong = [];
            }

            wrong.Add(e.Message);
        }
    }
}
