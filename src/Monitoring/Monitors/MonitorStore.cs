using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>A declared monitor, where its windows begin, and where its last one ended.</summary>
internal sealed record WatchedMonitor(
    string Endpoint,
    string Project,
    MonitorManifest Manifest,
    DateTimeOffset? Anchor,
    DateTimeOffset? LastEnd
)
{
    /// <summary>The next window to evaluate; null while nothing was predicted.</summary>
    public Window? Next
    {
        get
        {
            var every = TimeSpan.FromDays(Manifest.EveryDays > 0 ? Manifest.EveryDays : Manifest.WindowDays);
            var length = TimeSpan.FromDays(Manifest.WindowDays);
            var end = LastEnd + every ?? Anchor + length;
            return end is null ? null : new Window(end.Value - length, end.Value);
        }
    }
}

/// <summary>Monitors and the windows that they have evaluated.</summary>
internal sealed class MonitorStore(Database database, TimeProvider time)
{
    private const int MonitorsMax = 10_000;

    /// <summary>Makes an endpoint's monitors those that are declared.</summary>
    public static async ValueTask DeclareAsync(Transaction transaction, string project, EndpointManifest endpoint)
    {
        await transaction.ExecuteAsync(
            "delete from monitoring_monitor where endpoint = @Name and name not in @names",
            new { endpoint.Name, names = endpoint.Monitors.Select(monitor => monitor.Name).Append("").ToArray() }
        );
        foreach (var monitor in endpoint.Monitors)
        {
            await transaction.ExecuteAsync(
                """
                insert into monitoring_monitor (endpoint, name, project, manifest) values (@endpoint, @Name, @project, @manifest)
                on conflict (endpoint, name) do update set project = @project, manifest = @manifest
                """,
                new
                {
                    endpoint = endpoint.Name,
                    monitor.Name,
                    project,
                    manifest = JsonSerializer.Serialize(monitor, RondoJson.Options),
                }
            );
        }
    }

    /// <summary>All monitors, or those of one endpoint.</summary>
    public async ValueTask<IReadOnlyList<WatchedMonitor>> ListAsync(Session session, string? endpoint = null) =>
        [
            .. (
                await session.QueryAsync<MonitorRow>(
                    $"""
                    select m.endpoint, m.project, m.manifest, m.anchor,
                        (select max(w.window_to) from monitoring_window w where w.endpoint = m.endpoint and w.monitor = m.name) as last_end
                    from monitoring_monitor m {(endpoint is null ? "" : "where m.endpoint = @endpoint")}
                    order by m.endpoint, m.name limit @MonitorsMax
                    """,
                    new { endpoint, MonitorsMax }
                )
            ).Select(row => row.ToMonitor()),
        ];

    /// <summary>Lays the windows of an endpoint's monitors from the day of its first prediction.</summary>
    public Task AnchorAsync(string endpoint, DateTimeOffset day) =>
        database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update monitoring_monitor set anchor = @anchor where endpoint = @endpoint and anchor is null",
                new { endpoint, anchor = day.ToUnixTimeMilliseconds() }
            )
        );

    /// <summary>Keeps a window; false where it is there already.</summary>
    public async ValueTask<bool> AddWindowAsync(
        Transaction transaction,
        WatchedMonitor monitor,
        Evaluation evaluation
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into monitoring_window (endpoint, monitor, window_from, window_to, n, value, limit_value, state,
                model_version, details, evaluated_at)
            values (@Endpoint, @monitor, @from, @to, @N, @Value, @limit, @state, @ModelVersion, @details, @at)
            on conflict do nothing
            """,
            new
            {
                monitor.Endpoint,
                monitor = monitor.Manifest.Name,
                from = evaluation.Window.From.ToUnixTimeMilliseconds(),
                to = evaluation.Window.To.ToUnixTimeMilliseconds(),
                evaluation.N,
                evaluation.Value,
                limit = monitor.Manifest.Limit,
                state = JsonNamingPolicy.CamelCase.ConvertName(evaluation.State.ToString()),
                evaluation.ModelVersion,
                details = evaluation.Details.GetRawText(),
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        ) == 1;

    /// <summary>The windows of a monitor, newest first.</summary>
    public static async ValueTask<IReadOnlyList<WindowView>> WindowsAsync(
        Session session,
        WatchedMonitor monitor,
        int limit
    ) =>
        [
            .. (
                await session.QueryAsync<WindowRow>(
                    """
                    select window_from, window_to, n, value, limit_value, state, model_version, details, evaluated_at
                    from monitoring_window where endpoint = @Endpoint and monitor = @monitor
                    order by window_to desc limit @limit
                    """,
                    new
                    {
                        monitor.Endpoint,
                        monitor = monitor.Manifest.Name,
                        limit,
                    }
                )
            ).Select(row => row.ToView()),
        ];

    private sealed record MonitorRow
    {
        public string Endpoint { get; init; } = "";
        public string Project { get; init; } = "";
        public string Manifest { get; init; } = "";
        public long? Anchor { get; init; }
        public long? LastEnd { get; init; }

        public WatchedMonitor ToMonitor() =>
            new(
                Endpoint,
                Project,
                JsonSerializer.Deserialize<MonitorManifest>(Manifest, RondoJson.Options)!,
                Time(Anchor),
                Time(LastEnd)
            );

        private static DateTimeOffset? Time(long? at) =>
            at is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(at.Value);
    }

    private sealed record WindowRow
    {
        public long WindowFrom { get; init; }
        public long WindowTo { get; init; }
        public long N { get; init; }
        public double? Value { get; init; }
        public double LimitValue { get; init; }
        public string State { get; init; } = "";
        public long? ModelVersion { get; init; }
        public string Details { get; init; } = "";
        public long EvaluatedAt { get; init; }

        public WindowView ToView() =>
            new(
                DateTimeOffset.FromUnixTimeMilliseconds(WindowFrom),
                DateTimeOffset.FromUnixTimeMilliseconds(WindowTo),
                N,
                Value,
                LimitValue,
                State,
                ModelVersion,
                JsonDocument.Parse(Details).RootElement,
                DateTimeOffset.FromUnixTimeMilliseconds(EvaluatedAt)
            );
    }
}

/// <summary>A window as clients see it.</summary>
internal sealed record WindowView(
    DateTimeOffset From,
    DateTimeOffset To,
    long N,
    double? Value,
    double Limit,
    string State,
    long? ModelVersion,
    JsonElement Details,
    DateTimeOffset EvaluatedAt
);

/// <summary>What a monitor found in a window.</summary>
internal sealed record Evaluation(
    Window Window,
    int N,
    double? Value,
    WindowState State,
    long? ModelVersion,
    JsonElement Details
);
