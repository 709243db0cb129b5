using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Pipelines.Triggers;

namespace Rondo.Pipelines.Catalog;

/// <summary>The triggers of deployed pipelines. What a trigger has seen survives a release, as long as the trigger itself does.</summary>
internal static class TriggerRows
{
    public static async ValueTask<IReadOnlyDictionary<(string Pipeline, string Body), TriggerRow>> MarksAsync(
        Transaction transaction,
        string project,
        string environment
    ) =>
        (
            await transaction.QueryAsync<TriggerRow>(
                TriggerRow.Select + " where project = @project and environment = @environment",
                new { project, environment }
            )
        )
            .GroupBy(row => (row.Pipeline, row.Body))
            .ToDictionary(group => group.Key, group => group.First());

    public static ValueTask InsertAsync(
        Transaction transaction,
        DeployedPackage package,
        IReadOnlyDictionary<(string Pipeline, string Body), TriggerRow> marks,
        DateTimeOffset now
    ) =>
        RowInsert.IntoAsync(
            transaction,
            "pipelines_trigger",
            ["project", "environment", "pipeline", "position", "kind", "body", "next_at", "last_version", "deferred"],
            package.Manifest.Pipelines.SelectMany(pipeline =>
                pipeline.Triggers.Select(
                    (trigger, position) =>
                    {
                        var body = JsonSerializer.Serialize(trigger, RondoJson.Options);
                        var mark = marks.GetValueOrDefault((pipeline.Name, body));
                        return new object?[]
                        {
                            package.Project,
                            package.Environment,
                            pipeline.Name,
                            (long)position,
                            trigger.Kind,
                            body,
                            mark?.NextAt ?? TriggerRules.NextAt(trigger, now)?.ToUnixTimeMilliseconds(),
                            mark?.LastVersion ?? 0L,
                            mark?.Deferred ?? 0L,
                        };
                    }
                )
            )
        );
}
