using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The experiments of an MLflow database.</summary>
internal sealed class MlflowExperiments(MlflowTables tables, ChosenExperiments chosen, SourceProblems problems)
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
        var tags = tables.Has("experiment_tags")
            ? await MlflowPairs.ReadAsync(
                tables,
                "select experiment_id, key, value from experiment_tags",
                [],
                cancellation
            )
            : new MlflowPairs();
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
            if (
                chosen.Contains(row.Number(0))
                && problems.Try(ExperimentRecord.KindName, row.Text(1), () => RecordOf(row)) is { } record
            )
            {
                records.Add(record with { Tags = tags.Of(row.Text(0), record, problems) });
            }
        }

        foreach (var record in records)
        {
            yield return record;
        }
    }

    private static ExperimentRecord RecordOf(MlflowRow row) =>
        new()
        {
            Name = row.Text(1),
            ArtifactLocation = row.OrNull(2) is { } location && TransferAddress.IsElsewhere(location) ? location : null,
            Lifecycle = row.Text(3),
            CreatedAt = row.Number(4),
            UpdatedAt = row.Number(5),
        };
}
