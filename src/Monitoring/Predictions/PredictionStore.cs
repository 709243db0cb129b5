using Rondo.Kernel.Db;
using Rondo.Serving;

namespace Rondo.Monitoring.Predictions;

/// <summary>Predictions and true values, joined by inference id.</summary>
internal sealed class PredictionStore(Database database, TimeProvider time)
{
    /// <summary>The most outcomes that are read at once, oldest first.</summary>
    public const int OutcomesMax = 1_000_000;

    /// <summary>The most rows with their inputs that are read at once, oldest first.</summary>
    public const int WindowRowsMax = 100_000;

    /// <summary>The most answers that a detector is fed with, the newest before the end of a window.</summary>
    public const int ReplayedMax = 100_000;

    private static readonly string[] s_columns = ["endpoint", "id", "version", "time", "at", "value", "inputs"];

    /// <summary>Writes a batch; an inference id that is known already is left as it is.</summary>
    public async Task WriteAsync(IReadOnlyList<LoggedPrediction> batch)
    {
        var codecs = new Dictionary<ServedVersion, RowCodec>(ReferenceEqualityComparer.Instance);
        var rows = batch.Select(RowOf).ToList();
        await database.WriteAsync(async transaction =>
            await transaction.ExecuteManyAsync(
                """
                insert into monitoring_prediction (endpoint, inference_id, version, event_time, at, value, inputs)
                values (@endpoint, @id, @version, @time, @at, @value, @inputs)
                on conflict do nothing
                """,
                s_columns,
                rows
            )
        );

        object?[] RowOf(LoggedPrediction prediction)
        {
            var version = prediction.Version;
            if (!codecs.TryGetValue(version, out var codec))
            {
                codecs[version] = codec = new RowCodec(version.Signature);
            }

            return
            [
                prediction.Endpoint,
                prediction.InferenceId,
                version.Version,
                prediction.EventTime.ToUnixTimeMilliseconds(),
                prediction.At.ToUnixTimeMilliseconds(),
                double.IsFinite(prediction.Value) ? prediction.Value : null,
                codec.Write(prediction.Numbers, prediction.Texts),
            ];
        }
    }

    /// <summary>Stores true values; one that comes again replaces the one before.</summary>
    public async Task<int> WriteTruthAsync(string endpoint, IReadOnlyList<GroundTruth> truths)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var rows = truths
            .Select(truth => new
            {
                endpoint,
                truth.InferenceId,
                truth.Value,
                at,
            })
            .ToList();
        return await database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                """
                insert into monitoring_truth (endpoint, inference_id, value, at)
                values (@endpoint, @InferenceId, @Value, @at)
                on conflict (endpoint, inference_id) do update set value = @Value, at = @at
                """,
                rows
            )
        );
    }

    /// <summary>The oldest and the newest event time of an endpoint; null while nothing was predicted.</summary>
    public async ValueTask<EventTimeSpan?> EventTimesAsync(Session session, string endpoint)
    {
        // Two statements: each is one step in the index.
        var oldest = await session.ScalarAsync<long?>(
            "select min(event_time) from monitoring_prediction where endpoint = @endpoint",
            new { endpoint }
        );
        var newest = await session.ScalarAsync<long?>(
            "select max(event_time) from monitoring_prediction where endpoint = @endpoint",
            new { endpoint }
        );
        return oldest is null || newest is null
            ? null
            : new EventTimeSpan(
                DateTimeOffset.FromUnixTimeMilliseconds(oldest.Value),
                DateTimeOffset.FromUnixTimeMilliseconds(newest.Value)
            );
    }

    /// <summary>Whether a prediction of the window still waits for its truth.</summary>
    public async ValueTask<bool> AwaitsTruthAsync(Session session, string endpoint, Window window) =>
        await session.ScalarAsync<long?>(
            """
            select 1 from monitoring_prediction p
            where p.endpoint = @endpoint and p.event_time >= @from and p.event_time < @to and p.value is not null
                and not exists (
                    select 1 from monitoring_truth t where t.endpoint = p.endpoint and t.inference_id = p.inference_id)
            limit 1
            """,
            Arguments(endpoint, window)
        )
            is not null;

    /// <summary>Predictions of a window beside their truth, oldest first; the truth is null where it has not come.</summary>
    public Task<IReadOnlyList<Outcome>> OutcomesAsync(string endpoint, Window window) =>
        database.ReadAsync(session =>
            session
                .QueryAsync<Outcome>(
                    """
                    select p.version, p.value, t.value as truth
                    from monitoring_prediction p
                    left join monitoring_truth t on t.endpoint = p.endpoint and t.inference_id = p.inference_id
                    where p.endpoint = @endpoint and p.event_time >= @from and p.event_time < @to
                    order by p.event_time, p.at, p.inference_id limit @OutcomesMax
                    """,
                    Arguments(endpoint, window)
                )
                .AsTask()
        );

    /// <summary>The newest answers before a time whose truth has come, oldest first; those that came with the same event time in a fixed order.</summary>
    public async Task<IReadOnlyList<TimedOutcome>> JoinedUntilAsync(string endpoint, DateTimeOffset until)
    {
        var newest = await database.ReadAsync(session =>
            session
                .QueryAsync<TimedOutcome>(
                    """
                    select p.version, p.event_time, p.value, t.value as truth
                    from monitoring_prediction p
                    join monitoring_truth t on t.endpoint = p.endpoint and t.inference_id = p.inference_id
                    where p.endpoint = @endpoint and p.event_time < @to and p.value is not null
                    order by p.event_time desc, p.at desc, p.inference_id desc limit @ReplayedMax
                    """,
                    new
                    {
                        endpoint,
                        to = until.ToUnixTimeMilliseconds(),
                        ReplayedMax,
                    }
                )
                .AsTask()
        );
        return [.. newest.Reverse()];
    }

    /// <summary>What was asked in a window, and the answers, oldest first.</summary>
    public Task<IReadOnlyList<LoggedRow>> RowsAsync(string endpoint, Window window) =>
        database.ReadAsync(session =>
            session
                .QueryAsync<LoggedRow>(
                    """
                    select version, value, inputs from monitoring_prediction
                    where endpoint = @endpoint and event_time >= @from and event_time < @to
                    order by event_time, at, inference_id limit @WindowRowsMax
                    """,
                    Arguments(endpoint, window)
                )
                .AsTask()
        );

    private static object Arguments(string endpoint, Window window) =>
        new
        {
            endpoint,
            from = window.From.ToUnixTimeMilliseconds(),
            to = window.To.ToUnixTimeMilliseconds(),
            WindowRowsMax,
            OutcomesMax,
        };
}

/// <summary>When what was predicted takes place, first and last.</summary>
internal sealed record EventTimeSpan(DateTimeOffset Oldest, DateTimeOffset Newest);

/// <summary>A part of event time: from its beginning up to, not including, its end.</summary>
internal sealed record Window(DateTimeOffset From, DateTimeOffset To);

/// <summary>A prediction beside what came true.</summary>
internal sealed record Outcome
{
    public long Version { get; init; }
    public double? Value { get; init; }
    public double? Truth { get; init; }
}

/// <summary>A prediction beside what came true, and when that was, in unix milliseconds.</summary>
internal sealed record TimedOutcome
{
    public long Version { get; init; }
    public long EventTime { get; init; }
    public double Value { get; init; }
    public double Truth { get; init; }
}

/// <summary>A prediction and its inputs, as <see cref="RowCodec"/> writes them.</summary>
internal sealed record LoggedRow
{
    public long Version { get; init; }
    public double? Value { get; init; }
    public string Inputs { get; init; } = "";
}

/// <summary>The true value for an inference id.</summary>
public sealed record GroundTruth(string InferenceId, double Value);
