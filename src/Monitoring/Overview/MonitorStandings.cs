using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Overview;

/// <summary>
/// Where every monitor stands, in a number of statements that does not grow with the monitors. An alert is open from the first window over
/// the limit until a later one is within it: a window that can say nothing closes none.
/// </summary>
internal static class MonitorStandings
{
    /// <summary>How many windows a small picture shows.</summary>
    public const int WindowsShown = 30;

    private const int MonitorsMax = 400_000;
    private const string SameMonitor = "w.endpoint = m.endpoint and w.monitor = m.name";

    /// <summary>All monitors of one project, or of all, by endpoint and name.</summary>
    public static async ValueTask<IReadOnlyList<MonitorStanding>> ListAsync(Session session, string? project)
    {
        var rows = await session.QueryAsync<Row>(
            $"""
            with known as (
                select m.endpoint, m.name, m.manifest,
                    (select max(w.window_to) from monitoring_window w where {SameMonitor}) as last_to,
                    (select max(w.window_to) from monitoring_window w where {SameMonitor} and w.state = 'passed') as passed_to,
                    (select max(w.window_to) from monitoring_window w where {SameMonitor} and w.state = 'alert') as alert_to
                from monitoring_monitor m {(project is null ? "" : "where m.project = @project")}
            )
            select m.endpoint, m.name, m.manifest, m.last_to, m.passed_to, m.alert_to, a.value, a.limit_value, a.window_from,
                a.model_version, a.evaluated_at,
                case when a.endpoint is null then null else (
                    select min(w.window_from) from monitoring_window w
                    where {SameMonitor} and w.state = 'alert' and (m.passed_to is null or w.window_to > m.passed_to)
                ) end as since
            from known m left join monitoring_window a on a.endpoint = m.endpoint and a.monitor = m.name
                and a.window_to = m.alert_to and (m.passed_to is null or m.alert_to > m.passed_to)
            order by m.endpoint, m.name limit @MonitorsMax
            """,
            new { project, MonitorsMax }
        );
        return [.. rows.Select(row => row.ToStanding())];
    }

    /// <summary>The newest windows of the monitors of some endpoints, oldest first: what a small picture draws.</summary>
    public static async ValueTask<ILookup<(string Endpoint, string Monitor), WindowPoint>> WindowsAsync(
        Session session,
        IReadOnlyCollection<string> endpoints
    )
    {
        var rows = await session.QueryAsync<WindowRow>(
            $"""
            select w.endpoint, w.monitor, w.window_to, w.value, w.limit_value, w.state
            from monitoring_monitor m join monitoring_window w on {SameMonitor}
            where {session.Dialect.IsAmong("m.endpoint", "@endpoints")}
                and w.window_to >= coalesce((
                    select min(n.window_to) from (
                        select x.window_to from monitoring_window x where x.endpoint = m.endpoint and x.monitor = m.name
                        order by x.window_to desc limit {WindowsShown}
                    ) n
                ), 0)
            order by w.endpoint, w.monitor, w.window_to limit @MonitorsMax
            """,
            new { endpoints = JsonSerializer.Serialize(endpoints), MonitorsMax }
        );
        return rows.ToLookup(row => (row.Endpoint, row.Monitor), row => row.ToPoint());
    }

    private sealed record Row
    {
        public string Endpoint { get; init; } = "";
        public string Name { get; init; } = "";
        public string Manifest { get; init; } = "";
        public long? LastTo { get; init; }
        public long? PassedTo { get; init; }
        public long? AlertTo { get; init; }
        public double? Value { get; init; }
        public double? LimitValue { get; init; }
        public long? WindowFrom { get; init; }
        public long? ModelVersion { get; init; }
        public long? EvaluatedAt { get; init; }
        public long? Since { get; init; }

        public MonitorStanding ToStanding()
        {
            var manifest = JsonSerializer.Deserialize<MonitorManifest>(Manifest, RondoJson.Options)!;
            var conclusive =
                PassedTo is null ? AlertTo
                : AlertTo is null ? PassedTo
                : Math.Max(PassedTo.Value, AlertTo.Value);
            return new MonitorStanding(
                Endpoint,
                Name,
                manifest.Kind,
                manifest.Metric,
                manifest.Limit,
                LastTo is null ? MonitorState.Nothing
                    : Value is not null ? MonitorState.Alert
                    : LastTo > (conclusive ?? long.MinValue) ? MonitorState.Insufficient
                    : MonitorState.Passed,
                Value is null
                    ? null
                    : new OpenAlert(
                        Endpoint,
                        Name,
                        manifest.Kind,
                        manifest.Metric,
                        Value.Value,
                        LimitValue!.Value,
                        Time(Since!.Value),
                        Time(WindowFrom!.Value),
                        Time(AlertTo!.Value),
                        Time(EvaluatedAt!.Value),
                        ModelVersion
                    ),
                []
            );
        }
    }

    private sealed record WindowRow
    {
        public string Endpoint { get; init; } = "";
        public string Monitor { get; init; } = "";
        public long WindowTo { get; init; }
        public double? Value { get; init; }
        public double LimitValue { get; init; }
        public string State { get; init; } = "";

        public WindowPoint ToPoint() => new(Time(WindowTo), Value, LimitValue, State);
    }

    private static DateTimeOffset Time(long at) => DateTimeOffset.FromUnixTimeMilliseconds(at);
}

/// <summary>Where a monitor stands.</summary>
internal enum MonitorState
{
    /// <summary>No window was evaluated yet.</summary>
    Nothing,

    /// <summary>The newest window is within the limit.</summary>
    Passed,

    /// <summary>The newest window that says anything is over the limit.</summary>
    Alert,

    /// <summary>The newest window has too little to say anything, and the one before it raised nothing.</summary>
    Insufficient,
}

/// <summary>A monitor, where it stands, its open alert, and its newest windows, oldest first.</summary>
internal sealed record MonitorStanding(
    string Endpoint,
    string Name,
    string Kind,
    string Metric,
    double Limit,
    MonitorState State,
    OpenAlert? Alert,
    IReadOnlyList<WindowPoint> Windows
);

/// <summary>
/// An alert that is open: the figures are those of the newest window over the limit; <paramref name="Since"/> is where the first of them, after
/// the last one within the limit, begins.
/// </summary>
internal sealed record OpenAlert(
    string Endpoint,
    string Monitor,
    string Kind,
    string Metric,
    double Value,
    double Limit,
    DateTimeOffset Since,
    DateTimeOffset WindowFrom,
    DateTimeOffset WindowTo,
    DateTimeOffset RaisedAt,
    long? ModelVersion
);

/// <summary>One window of a monitor, as a picture of many needs it.</summary>
internal sealed record WindowPoint(DateTimeOffset To, double? Value, double Limit, string State);
