using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// What runs log while they run. A batch is one row, its points packed as they came; from time to time the latest points of some batches are merged
/// into one row of the run. Of many batches, or when the run is settled (<see cref="UnsettledRuns"/>), the points are brought to their curves; when it
/// is settled, the latest ones become rows that a search finds by an index.
/// </summary>
internal static class UnsettledPoints
{
    // What a reader of one curve looks through at most, beside the curve; and what whoever logs at the moment of the turn waits for.
    private const long BytesMax = 1024 * 1024;
    private const long BatchesMax = 512;

    // What a reader of the latest points looks through at most, beside those that are merged: so much, or a part of them.
    private const long UnmergedBytesMax = 4 * 1024;
    private const long UnmergedPart = 4;

    // The row of latest points is written anew with each batch of many.
    private const int LatestBytesMax = 256 * 1024;

    private const int AttemptsMax = 10;

    private static readonly string[] s_batchNames = ["run", "batch", "points"];

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

        var state = await OpenAsync(transaction, run);
        var bytes = await WriteBatchAsync(transaction, run.Number, state.Batches, points);
        state = state with
        {
            LoggedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Batches = state.Batches + 1,
            Bytes = state.Bytes + bytes,
            UnmergedBytes = state.UnmergedBytes + bytes,
        };
        if (state.Bytes >= BytesMax || state.Batches >= BatchesMax)
        {
            var byKey = await TakeBatchesAsync(transaction, run.Number);
            var latest = await MergeAsync(transaction, run, MetricRange.Of(byKey));
            await CurveWriter.AddAsync(transaction, run.Number, byKey);
            state = new State { LoggedAt = state.LoggedAt, LatestBytes = latest };
        }
        else if (state.UnmergedBytes >= Math.Max(UnmergedBytesMax, state.LatestBytes / UnmergedPart))
        {
            var ranges =
                state.Merged == state.Batches - 1
                    ? [.. MetricRange.Of(points)]
                    : MetricRange.Of(await ReadBatchesAsync(transaction, run.Number, state.Merged));
            var latest = await MergeAsync(transaction, run, ranges);
            state = state with { Merged = state.Batches, UnmergedBytes = 0, LatestBytes = latest };
        }

        await WriteAsync(transaction, run.Number, state);
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

        await OpenAsync(transaction, run);
        await SettleAsync(transaction, run);
        var byKey = points
            .GroupBy(row => row.Key, StringComparer.Ordinal)
            .ToDictionary(
                ofKey => ofKey.Key,
                ofKey => ofKey.Select(row => row.Point).ToList(),
                StringComparer.Ordinal
            );
        await LatestMetrics.WriteAsync(transaction, run, MetricRange.Of(byKey));
        return await CurveWriter.AddAsync(transaction, run.Number, byKey);
    }

    /// <summary>
    /// Brings what a run has logged of late to where it stands for good. The caller holds the run's row alone, or its row of
    /// <c>tracking_unsettled</c>.
    /// </summary>
    public static async ValueTask SettleAsync(Transaction transaction, RunKey run)
    {
        var byKey = await TakeBatchesAsync(transaction, run.Number);
        var latest = await LatestMetrics.MergedAsync(transaction, run.Number);
        await LatestMetrics.WriteAsync(transaction, run, MetricRange.Merge(latest, MetricRange.Of(byKey)));
        await CurveWriter.AddAsync(transaction, run.Number, byKey);
        foreach (var table in new[] { "tracking_unsettled_latest", "tracking_unsettled" })
        {
            await transaction.ExecuteAsync($"delete from {table} where run_number = @Number", new { run.Number });
        }
    }

    // The run's row of what is not settled, held until this transaction ends. Who imports may take it away between two statements.
    private static async ValueTask<State> OpenAsync(Transaction transaction, RunKey run)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            State? found = null;
            await transaction.ReadRowsAsync(
                $"""
                select batches, bytes, merged, unmerged_bytes, latest_bytes from tracking_unsettled
                where run_number = @Number {transaction.Dialect.ForUpdate}
                """,
                new { run.Number },
                row =>
                    found = new State
                    {
                        Batches = row.Long(0),
                        Bytes = row.Long(1),
                        Merged = row.Long(2),
                        UnmergedBytes = row.Long(3),
                        LatestBytes = row.Long(4),
                    }
            );
            if (found is not null)
            {
                return found;
            }

            await transaction.ExecuteAsync(
                """
                insert into tracking_unsettled
                    (run_number, experiment, logged_at, batches, bytes, merged, unmerged_bytes, latest_bytes)
                values (@Number, @Experiment, 0, 0, 0, 0, 0, 0)
                on conflict do nothing
                """,
                new { run.Number, run.Experiment }
            );
        }

        throw new InvalidOperationException($"The run {run.Id} is settled again and again while it is logged to.");
    }

    private static async ValueTask<int> WriteBatchAsync(
        Transaction transaction,
        long run,
        long batch,
        IReadOnlyList<MetricRow> points
    )
    {
        using var bytes = new PooledBytes();
        BatchPack.Write(bytes, points);
        await transaction.ExecuteManyAsync(
            "insert into tracking_unsettled_batch (run_number, batch, points) values (@run, @batch, @points)",
            s_batchNames,
            [(run, batch, Points: bytes.WrittenMemory)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.run);
                arguments.Set(1, row.batch);
                arguments.Set(2, row.Points.Span);
            }
        );
        return bytes.Count;
    }

    private static async ValueTask WriteAsync(Transaction transaction, long run, State state) =>
        await transaction.ExecuteAsync(
            """
            update tracking_unsettled set logged_at = @LoggedAt, batches = @Batches, bytes = @Bytes, merged = @Merged,
                unmerged_bytes = @UnmergedBytes, latest_bytes = @LatestBytes
            where run_number = @run
            """,
            new
            {
                run,
                state.LoggedAt,
                state.Batches,
                state.Bytes,
                state.Merged,
                state.UnmergedBytes,
                state.LatestBytes,
            }
        );

    // Merges latest points into the row of the run; returns its bytes. Of very many metrics they become rows at once.
    private static async ValueTask<long> MergeAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<MetricRange> ranges
    )
    {
        using var bytes = new PooledBytes();
        await LatestMetrics.MergeAsync(transaction, run.Number, ranges, bytes);
        if (bytes.Count <= LatestBytesMax)
        {
            await LatestMetrics.WriteMergedAsync(transaction, run.Number, bytes.WrittenMemory);
            return bytes.Count;
        }

        await LatestMetrics.WriteAsync(transaction, run, LatestPack.Read(bytes.Written));
        await transaction.ExecuteAsync(
            "delete from tracking_unsettled_latest where run_number = @Number",
            new { run.Number }
        );
        return 0;
    }

    private static async ValueTask<Dictionary<string, List<CurvePoint>>> ReadBatchesAsync(
        Transaction transaction,
        long run,
        long from
    )
    {
        var byKey = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
        await transaction.ReadRowsAsync(
            "select points from tracking_unsettled_batch where run_number = @run and batch >= @from order by batch",
            new { run, from },
            row => BatchPack.Read(row.Bytes(0), byKey)
        );
        return byKey;
    }

    private static async ValueTask<Dictionary<string, List<CurvePoint>>> TakeBatchesAsync(
        Transaction transaction,
        long run
    )
    {
        var byKey = await ReadBatchesAsync(transaction, run, from: 0);
        if (byKey.Count > 0)
        {
            await transaction.ExecuteAsync("delete from tracking_unsettled_batch where run_number = @run", new { run });
        }

        return byKey;
    }

    // What is not settled of a run: its batches and their bytes; those before "Merged" are in the row of its latest points.
    private sealed record State
    {
        public long LoggedAt { get; init; }
        public long Batches { get; init; }
        public long Bytes { get; init; }
        public long Merged { get; init; }
        public long UnmergedBytes { get; init; }
        public long LatestBytes { get; init; }
    }
}
