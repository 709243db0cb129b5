using Rondo.Kernel.Db;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Experiments;

/// <summary>Which datasets the runs of experiments have read, for whoever chooses one of them.</summary>
internal sealed class ExperimentDatasets(Database database)
{
    /// <summary>Each dataset once for every context in which it was read; the first thousand by experiment and name.</summary>
    public Task<IReadOnlyList<DatasetSummary>> ListAsync(IReadOnlyList<long> experiments) =>
        database.ReadAsync<IReadOnlyList<DatasetSummary>>(async session =>
            await session.QueryAsync<DatasetSummary>(
                """
                select distinct d.experiment, d.name, d.digest, coalesce(i.context, '') as context
                from tracking_dataset d join tracking_input i on i.dataset = d.id
                where d.experiment in @experiments
                order by d.experiment, d.name, d.digest, context limit @limit
                """,
                new { experiments, limit = (long)Limits.DatasetSummariesMax }
            )
        );
}

/// <summary>A dataset and what it was read for; empty where nobody said.</summary>
internal sealed record DatasetSummary
{
    public long Experiment { get; init; }
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public string Context { get; init; } = "";
}
