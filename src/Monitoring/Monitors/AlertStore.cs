using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;

namespace Rondo.Monitoring.Monitors;

/// <summary>Alerts, as their events tell them.</summary>
internal sealed class AlertStore(Database database, TimeProvider time)
{
    public async ValueTask AddAsync(Transaction transaction, string project, AlertRaisedEvent alert) =>
        await transaction.ExecuteAsync(
            """
            insert into monitoring_alert (id, project, endpoint, monitor, at, data)
            values (@AlertId, @project, @Endpoint, @Monitor, @at, @data)
            """,
            new
            {
                alert.AlertId,
                project,
                alert.Endpoint,
                alert.Monitor,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                data = JsonSerializer.Serialize(alert, RondoJson.Options),
            }
        );

    /// <summary>Alerts, newest first; those of one project or endpoint where it is given.</summary>
    public Task<IReadOnlyList<AlertView>> ListAsync(AlertFilter filter, int limit) =>
        database.ReadAsync<IReadOnlyList<AlertView>>(async session =>
            [
                .. (
                    await session.QueryAsync<(string Project, long At, string Data)>(
                        $"""
                        select project, at, data from monitoring_alert
                        where 1 = 1 {(filter.Project is null ? "" : "and project = @Project")}
                        {(filter.Endpoint is null ? "" : "and endpoint = @Endpoint")}
                        {(filter.Projects is null ? "" : "and project in @Projects")}
                        order by at desc, id desc limit @limit
                        """,
                        new
                        {
                            filter.Project,
                            filter.Endpoint,
                            filter.Projects,
                            limit,
                        }
                    )
                ).Select(row =>
                    AlertView.Of(
                        row.Project,
                        row.At,
                        JsonSerializer.Deserialize<AlertRaisedEvent>(row.Data, RondoJson.Options)!
                    )
                ),
            ]
        );
}

/// <summary>Which alerts are asked for; of those in these projects, where they are given.</summary>
internal sealed record AlertFilter(
    string? Project = null,
    string? Endpoint = null,
    IReadOnlyCollection<string>? Projects = null
);

/// <summary>An alert as clients see it.</summary>
internal sealed record AlertView(
    string Id,
    string Project,
    string Endpoint,
    string Monitor,
    string Kind,
    string Model,
    long? ModelVersion,
    string Metric,
    double Value,
    double Limit,
    DateTimeOffset WindowFrom,
    DateTimeOffset WindowTo,
    int N,
    JsonElement Details,
    DateTimeOffset RaisedAt
)
{
    public static AlertView Of(string project, long at, AlertRaisedEvent alert) =>
        new(
            alert.AlertId,
            project,
            alert.Endpoint,
            alert.Monitor,
            alert.Kind,
            alert.Model,
            alert.ModelVersion,
            alert.Metric,
            alert.Value,
            alert.Limit,
            alert.WindowFrom,
            alert.WindowTo,
            alert.N,
            alert.Details,
            DateTimeOffset.FromUnixTimeMilliseconds(at)
        );
}
