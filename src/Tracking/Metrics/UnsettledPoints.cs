using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// What runs log while they run. A batch is one row, its points packed as they came; the latest point of each metric stands in one row of the run.
/// Of many batches, or when the run is settled (<see cref="UnsettledRuns"/>), the points are brought to their curves, and the latest ones become rows
/// that a search finds by an index.
/// </summary>
internal static class UnsettledPoints
{
    // What a reader of one curve looks through at most, beside the curve; and what whoever logs at the moment of the turn waits for.
    private const long BytesMax = 1024 * 1024;
    private const long BatchesMax = 512;

    // Each batch writes the row of latest points anew.
    private const int LatestBytesMax = 256 * 1024;

    private const int AttemptsMax = 10;

    private const string Newer = """
        ((excluded.step, excluded.logged_at, excluded.value, excluded.is_nan)
            > (tracking_metric_latest.step, tracking_metric_latest.logged_at,
                tracking_metric_latest.value, tracking_metric_latest.is_nan))
        """;

    // Of an end that is null nothing is known, or it is the first.
    private const string Less = """
        (excluded.min_value < tracking_metric_latest.min_value
            or (tracking_metric_latest.min_value is null and excluded.min_value is not null))
        """;

    private const string Greater = """
        (excluded.max_value > tracking_metric_latest.max_value
            or (tracking_metric_latest.max_value is null and excluded.max_value is not null))
        """;

    private static readonly string[] s_batchNames = ["run", "batch", "points"];
    private static readonly string[] s_runNames = ["run", "known", "batches", "bytes", "latest"];

    private static readonly string[] s_latestNames =
    [
        "run",
        "key",
        "at",
        "step",
        "value",
        "nan",
        "experiment",
        "min",
        "max",
    ];

    /// <summary>
    /// Adds points, in the order of <see cref="MetricRow.Sorted"/>, to what a run has logged. The caller holds the run's row
    /// (<see cref="RunStore.RequireActiveKeyAsync"/>).
    /// </summary>
    public static async ValueTask AddAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<MetricRow> points,
        TimeProvider time
    )
    {
        if (points.Count == 0)
        {
            return;
        }

        var state = await OpenAsync(transaction, run, time.GetUtcNow().ToUnixTimeMilliseconds());
        using var bytes = new PooledBytes();
        BatchPack.Write(bytes, points);
        await transaction.ExecuteManyAsync(
            "insert into tracking_unsettled_batch (run_number, batch, points) values (@run, @batch, @points)",
            s_batchNames,
            [(run.Number, Batch: state.Batches, Points: bytes.WrittenMemory)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.Number);
                arguments.Set(1, row.Batch);
                arguments.Set(2, row.Points.Span);
            }
        );
        state = state with { Batches = state.Batches + 1, Bytes = state.Bytes + bytes.Count };
        if (state.Bytes >= BytesMax || state.Batches >= BatchesMax)
        {
            await FoldAsync(transaction, run.Number);
            state = state with { Batches = 0, Bytes = 0 };
        }

        var ranges = await RangesAsync(transaction, run, state, points);
        bytes.Clear();
        LatestPack.Merge(state.Latest, ranges, bytes);
        if (bytes.Count > LatestBytesMax)
        {
            await WriteLatestAsync(transaction, run, LatestPack.Read(bytes.Written));
            state = state with { Known = 1 };
            bytes.Clear();
        }

        await WriteAsync(transaction, run.Number, state, bytes.WrittenMemory);
    }

    /// <summary>
    /// Adds points that are written once to a run, and settles it; returns how many of them it did not have yet. The caller holds the run's row.
    /// </summary>
    public static async ValueTask<int> AddSettledAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<MetricRow> points
    )
    {
        if (points.Count == 0)
        {
            return 0;
        }

        await OpenAsync(transaction, run, now: 0);
        await SettleAsync(transaction, run);
        await WriteLatestAsync(transaction, run, [.. MetricRange.Of(points)]);
        var byKey = points
            .GroupBy(row => row.Key, StringComparer.Ordinal)
            .ToDictionary(
                ofKey => ofKey.Key,
                ofKey => ofKey.Select(row => row.Point).ToList(),
                StringComparer.Ordinal
            );
        return await CurveWriter.AddAsync(transaction, run.Number, byKey);
    }

    /// <summary>
    /// Brings what a run has logged of late to where it stands for good; returns the rows that this took. The caller holds the run's row of
    /// <c>tracking_unsettled</c>.
    /// </summary>
    public static async ValueTask<int> SettleAsync(Transaction transaction, RunKey run)
    {
        var latest = await LatestMetrics.UnsettledAsync(transaction, run.Number);
        var rows = await FoldAsync(transaction, run.Number);
        await WriteLatestAsync(transaction, run, latest);
        await transaction.ExecuteAsync("delete from tracking_unsettled where run_number = @Number", new { run.Number });
        return rows + latest.Count;
    }

    // The run's row of what is not settled, held until this transaction ends; who imports may have taken it away in between.
    private static async ValueTask<State> OpenAsync(Transaction transaction, RunKey run, long now)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            State? found = null;
            await transaction.ReadRowsAsync(
                $"""
                select known, batches, bytes, latest from tracking_unsettled where run_number = @Number
                {transaction.Dialect.ForUpdate}
                """,
                new { run.Number },
                row => found = new State(row.Long(0), row.Long(1), row.Long(2), row.Bytes(3).ToArray())
            );
            if (found is not null)
            {
                return found;
            }

            await transaction.ExecuteAsync(
                """
                insert into tracking_unsettled (run_number, experiment, since, known, batches, bytes, latest)
                values (@Number, @Experiment, @now,
                    case when exists (select 1 from tracking_metric_latest l where l.run_number = @Number) then 1 else 0 end,
                    0, 0, '')
                on conflict do nothing
                """,
                new
                {
                    run.Number,
                    run.Experiment,
                    now,
                }
            );
        }

        throw new InvalidOperationException($"The run {run.Id} is settled again and again while it is logged to.");
    }

    // What has come, with what stands in rows of metrics that the run has not logged since it was settled: the row does not count from now on.
    private static async ValueTask<IReadOnlyList<MetricRange>> RangesAsync(
        Transaction transaction,
        RunKey run,
        State state,
        IReadOnlyList<MetricRow> points
    )
    {
        var ranges = MetricRange.Of(points).ToList();
        var missing = state.Known == 1 ? LatestPack.Missing(state.Latest, ranges) : [];
        if (missing.Count == 0)
        {
            return ranges;
        }

        var known = new Dictionary<string, MetricRange>(StringComparer.Ordinal);
        await transaction.ReadRowsAsync(
            $"""
            update tracking_metric_latest set settled = 0
            where run_number = @Number and {transaction.Dialect.IsAmong("key", "@keys")}
            returning {LatestMetrics.Columns}
            """,
            new { run.Number, keys = JsonSerializer.Serialize(missing) },
            row =>
            {
                var range = LatestMetrics.Of(row);
                known.Add(range.Latest.Key, range);
            }
        );
        return [.. ranges.Select(range => known.GetValueOrDefault(range.Latest.Key)?.With(range) ?? range)];
    }

    private static async ValueTask WriteAsync(Transaction transaction, long run, State state, ReadOnlyMemory<byte> latest) =>
        await transaction.ExecuteManyAsync(
            """
            update tracking_unsettled set known = @known, batches = @batches, bytes = @bytes, latest = @latest
            where run_number = @run
            """,
            s_runNames,
            [(Run: run, State: state, Latest: latest)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.Run);
                arguments.Set(1, row.State.Known);
                arguments.Set(2, row.State.Batches);
                arguments.Set(3, row.State.Bytes);
                arguments.Set(4, row.Latest.Span);
            }
        );

    private static async ValueTask WriteLatestAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<MetricRange> latest
    ) =>
        await transaction.ExecuteManyAsync(
            $"""
            insert into tracking_metric_latest
                (run_number, key, logged_at, step, value, is_nan, experiment, min_value, max_value, settled)
            values (@run, @key, @at, @step, @value, @nan, @experiment, @min, @max, 1)
            on conflict (run_number, key) do update set
                settled = 1,
                logged_at = case when {Newer} then excluded.logged_at else tracking_metric_latest.logged_at end,
                step = case when {Newer} then excluded.step else tracking_metric_latest.step end,
                value = case when {Newer} then excluded.value else tracking_metric_latest.value end,
                is_nan = case when {Newer} then excluded.is_nan else tracking_metric_latest.is_nan end,
                min_value = case when {Less} then excluded.min_value else tracking_metric_latest.min_value end,
                max_value = case when {Greater} then excluded.max_value else tracking_metric_latest.max_value end
            """,
            s_latestNames,
            latest,
            (arguments, range) => range.Write(arguments, run)
        );

    private static async ValueTask<int> FoldAsync(Transaction transaction, long run)
    {
        var byKey = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
        await transaction.ReadRowsAsync(
            "select points from tracking_unsettled_batch where run_number = @run order by batch",
            new { run },
            row => BatchPack.Read(row.Bytes(0), byKey)
        );
        if (byKey.Count == 0)
        {
            return 0;
        }

        await transaction.ExecuteAsync("delete from tracking_unsettled_batch where run_number = @run", new { run });
        await CurveWriter.AddAsync(transaction, run, byKey);
        return byKey.Count;
    }

    // What is not settled of a run: whether it has rows of latest points, its batches and their bytes, and its latest points.
    private sealed record State(long Known, long Batches, long Bytes, byte[] Latest);
}
