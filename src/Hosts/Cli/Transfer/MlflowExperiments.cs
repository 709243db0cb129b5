using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The experiments of an MLflow database.</summary>
internal sealed class MlflowExperiments(MlflowTables tables, IReadOnlyDictionary<long, string> chosen)
{
    /// <summary>Refuses names that the source does not have.</summary>
    public static void RequireAll(IReadOnlyList<string> asked, IEnumerable<string> names)
    {
        var unknown = asked.Except(names, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"The source has no experiment '{unknown[0]}'.",
                "Experiments are named as there, with capital letters as there."
            );
        }
    }

    public async IAsyncEnumerable<TransferRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var tags = await TagsAsync(cancellation);
        var records = new List<TransferRecord>();
        await foreach (
            var row in tables.RowsAsync(
                $"""
                select experiment_id, name, artifact_location, lifecycle_stage,
                    {tables.Optional("experiments", "creation_time")}, {tables.Optional(
                    "experiments",
                    "last_update_time"
                )}
                from experiments order by experiment_id
                """,
                [],
                cancellation
            )
        )
        {
            if (chosen.ContainsKey(row.Number(0)))
            {
                records.Add(
                    new ExperimentRecord
                    {
                        Name = row.Text(1),
                        ArtifactLocation =
                            row.OrNull(2) is { } location && TransferAddress.IsElsewhere(location) ? location : null,
                        Lifecycle = row.Text(3),
                        CreatedAt = row.Number(4),
                        UpdatedAt = row.Number(5),
                        Tags = tags.GetValueOrDefault(row.Number(0)) ?? TransferJson.None,
                    }
                );
            }
        }

        foreach (var record in records)
        {
            yield return record;
        }
    }

    private async Task<Dictionary<long, IReadOnlyDictionary<string, string>>> TagsAsync(CancellationToken cancellation)
    {
        var found = new Dictionary<long, IReadOnlyDictionary<string, string>>();
        if (!tables.Has("experiment_tags"))
        {
            return found;
        }

        await foreach (
            var row in tables.RowsAsync("select experiment_id, key, value from experiment_tags", [], cancellation)
        )
        {
            if (!found.TryGetValue(row.Number(0), out var tags))
            {
                found[row.Number(0)] = tags = new Dictionary<string, string>(StringComparer.Ordinal);
            }

            ((Dictionary<string, string>)tags)[row.Text(1)] = row.Text(2);
        }

        return found;
    }
}
