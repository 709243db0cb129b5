using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking;

/// <summary>A run of tracking, as far as something comes from it.</summary>
public sealed record RunOrigin(
    string Id,
    string Name,
    string Experiment,
    Place Place,
    string User,
    string Status,
    DateTimeOffset StartedAt
);

/// <summary>A dataset that a run has noted, and what for.</summary>
public sealed record DatasetOrigin
{
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public string? Context { get; init; }
    public string SourceType { get; init; } = "";
    public string Source { get; init; } = "";
}

/// <summary>A model that a run has logged, and the run that did so, where that is known.</summary>
public sealed record LoggedOrigin(string Id, string Name, string? Run, Place Place);

/// <summary>What runs of tracking have read and made, for whoever asks where something comes from.</summary>
public static class RunOrigins
{
    private const int LinksMax = 1000;

    private const string Models = """
        select m.id, m.name, m.source_run, e.path from tracking_logged_model m join tracking_experiment e on e.id = m.experiment
        """;

    /// <summary>A run, also one that was deleted; null where there is none of this id.</summary>
    public static async ValueTask<RunOrigin?> FindAsync(Session session, string run) =>
        await session.FirstAsync<RunRow>(
            """
            select r.id, r.name, r.user_id, r.status, r.started_at, e.name as experiment, e.path
            from tracking_run r join tracking_experiment e on e.id = r.experiment where r.id = @run
            """,
            new { run }
        )
            is { } row
            ? new RunOrigin(
                row.Id,
                row.Name ?? "",
                row.Experiment,
                Place.FolderAt(row.Path),
                row.UserId ?? "",
                row.Status,
                DateTimeOffset.FromUnixTimeMilliseconds(row.StartedAt ?? 0)
            )
            : null;

    /// <summary>The datasets that a run has read.</summary>
    public static ValueTask<IReadOnlyList<DatasetOrigin>> DatasetsAsync(Session session, string run) =>
        session.QueryAsync<DatasetOrigin>(
            """
            select d.name, d.digest, i.context, d.source_type, d.source
            from tracking_input i join tracking_dataset d on d.id = i.dataset
            where i.run = @run order by i.place, d.id limit @LinksMax
            """,
            new { run, LinksMax }
        );

    /// <summary>The models that a run has read.</summary>
    public static ValueTask<IReadOnlyList<LoggedOrigin>> ModelsReadAsync(Session session, string run) =>
        ModelsAsync(
            session,
            $"""
            {Models}
            where m.id in (select model from tracking_run_model where run = @key and direction = '{RunInputs.Input}')
            """,
            run
        );

    /// <summary>The models that a run has logged.</summary>
    public static ValueTask<IReadOnlyList<LoggedOrigin>> ModelsMadeAsync(Session session, string run) =>
        ModelsAsync(
            session,
            $"""
            {Models}
            where m.source_run = @key
                or m.id in (select model from tracking_run_model where run = @key and direction = '{RunInputs.Output}')
            """,
            run
        );

    /// <summary>A logged model, also one that was deleted; null where there is none of this id.</summary>
    public static async ValueTask<LoggedOrigin?> ModelAsync(Session session, string model) =>
        await ModelsAsync(session, $"{Models} where m.id = @key", model) is [var found, ..] ? found : null;

    private static async ValueTask<IReadOnlyList<LoggedOrigin>> ModelsAsync(Session session, string sql, string key) =>
        [
            .. (
                await session.QueryAsync<ModelRow>($"{sql} order by m.id limit @LinksMax", new { key, LinksMax })
            ).Select(row => new LoggedOrigin(row.Id, row.Name, row.SourceRun, Place.FolderAt(row.Path))),
        ];

    private sealed record RunRow
    {
        public string Id { get; init; } = "";
        public string? Name { get; init; }
        public string? UserId { get; init; }
        public string Status { get; init; } = "";
        public long? StartedAt { get; init; }
        public string Experiment { get; init; } = "";
        public string Path { get; init; } = "";
    }

    private sealed record ModelRow
    {
        public string Id { get; init; } = "";
        public string Name { get; init; } = "";
        public string? SourceRun { get; init; }
        public string Path { get; init; } = "";
    }
}
