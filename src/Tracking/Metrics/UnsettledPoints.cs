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

    // Small batches stand in the run's own row until they are a batch of this size together: one page of the database for each instead of two.
    private const int TailBytesMax = 1024;

    private const int AttemptsMax = 10;

    /// <summary>The statement that reads the batches of a run, the tail among them, as <see cref="BatchPack"/> has packed them.</summary>
    public const string BatchesSql = """
        select points from tracking_unsettled_batch where run_number = @run
        union all select tail from tracking_unsettled where run_number = @run
        """;

    private static readonly string[] s_batchNames = ["run", "batch", "points"];
    private static readonly string[] s_tailNames = ["run", "at", "tail"];

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

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var state = await OpenAsync(transaction, run);
        using var bytes = new PooledBytes();
        new PackWriter(bytes).Raw(state.Tail);
        BatchPack.Write(bytes, points);
        if (bytes.Count <= TailBytesMax)
        {
            await WriteTailAsync(transaction, run.Number, now, bytes.WrittenMemory);
            return;
        }

        await transaction.ExecuteManyAsync(
            "insert into tracking_unsettled_batch (run_number, batch, points) values (@run, @batch, @points)",
            s_batchNames,
            [(Run: run.Number, Batch: state.Batches, Points: bytes.WrittenMemory)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.Run);
                arguments.Set(1, row.Batch);
                arguments.Set(2, row.Points.Span);
            }
        );
        await MergeOrFoldAsync(transaction, run, state.With(bytes.Count), (now, points));
    }

    // After a batch was written: the latest points are merged, or all points are brought to their curves, where it is time.
    private static async ValueTask MergeOrFoldAsync(
        Transaction transaction,
        RunKey run,
        State state,
        (long At, IReadOnlyList<MetricRow> Points) came
    )
    {
        await CountAsync(transaction, run.Number, state, came.At);
        if (state.Bytes >= BytesMax || state.Batches >= BatchesMax)
        {
            await FoldAsync(transaction, run);
        }
        else if (state.UnmergedBytes >= Math.Max(UnmergedBytesMax, state.LatestBytes / UnmergedPart))
        {
            var ranges =
                state.Merged == state.Batches - 1 && state.Tail.Length == 0
                    ? [.. MetricRange.Of(came.Points)]
                    : MetricRange.Of(await ReadBatchesAsync(transaction, run.Number, state.Merged));
            await MergeAsync(transaction, run, state, ranges);
        }
    }

    // Brings all batches of a run to their curves.
    private static async ValueTask FoldAsync(Transaction transaction, RunKey run)
    {
        var byKey = await TakeBatchesAsync(transaction, run.Number);
        await CurveWriter.AddAsync(transaction, run.Number, byKey);
        await MergeAsync(transaction, run, new State(), MetricRange.Of(byKey));
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
            .ToDictionary(ofKey => ofKey.Key, ofKey => ofKey.Select(row => row.Point).ToList(), StringComparer.Ordinal);
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
        await LatestMetrics.DeleteMergedAsync(transaction, run.Number);
        await transaction.ExecuteAsync("delete from tracking_unsettled where run_number = @Number", new { run.Number });
    }

    // The run's row of what is not settled, held until this transaction ends. Who imports may take it away between two statements.
    private static async ValueTask<State> OpenAsync(Transaction transaction, RunKey run)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            State? found = null;
            await transaction.ReadRowsAsync(
                $"""
                select batches, bytes, merged, unmerged_bytes, latest_bytes, tail from tracking_unsettled
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
                        Tail = row.Bytes(5).ToArray(),
                    }
            );
            if (found is not null)
            {
                return found;
            }

            await transaction.ExecuteAsync(
                """
                insert into tracking_unsettled
                    (run_number, experiment, logged_at, batches, bytes, merged, unmerged_bytes, latest_bytes, tail)
                values (@Number, @Experiment, 0, 0, 0, 0, 0, 0, '')
                on conflict do nothing
                """,
                new { run.Number, run.Experiment }
            );
        }

        throw new InvalidOperationException($"The run {run.Id} is settled again and again while it is logged to.");
    }

    private static async ValueTask WriteTailAsync(
        Transaction transaction,
        long run,
        long now,
        ReadOnlyMemory<byte> tail
    ) =>
        await transaction.ExecuteManyAsync(
            "update tracking_unsettled set logged_at = @at, tail = @tail where run_number = @run",
            s_tailNames,
            [(run, now, tail)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.run);
                arguments.Set(1, row.now);
                arguments.Set(2, row.tail.Span);
            }
        );

    private static async ValueTask CountAsync(Transaction transaction, long run, State state, long now) =>
        await transaction.ExecuteAsync(
            """
            update tracking_unsettled set logged_at = @now, batches = @Batches, bytes = @Bytes,
                unmerged_bytes = @UnmergedBytes, tail = ''
            where run_number = @run
            """,
            new
            {
                run,
                now,
                state.Batches,
                state.Bytes,
                state.UnmergedBytes,
            }
        );

    // Merges latest points, which are those of all batches of the state, into the row of the run. Of very many metrics they become rows at once; then
    // all points have to be in their curves: a mean is that of the curve.
    private static async ValueTask MergeAsync(
        Transaction transaction,
        RunKey run,
        State state,
        IReadOnlyList<MetricRange> ranges
    )
    {
        using var bytes = new PooledBytes();
        await LatestMetrics.MergeAsync(transaction, run.Number, ranges, bytes);
        var latest = (long)bytes.Count;
        if (latest <= LatestBytesMax)
        {
            await LatestMetrics.WriteMergedAsync(transaction, run.Number, bytes.WrittenMemory);
        }
        else
        {
            await LatestMetrics.WriteAsync(transaction, run, LatestPack.Read(bytes.Written));
            await LatestMetrics.DeleteMergedAsync(transaction, run.Number);
            await CurveWriter.AddAsync(transaction, run.Number, await TakeBatchesAsync(transaction, run.Number));
            (latest, state) = (0, new State());
        }

        await transaction.ExecuteAsync(
            """
            update tracking_unsettled set batches = @Batches, bytes = @Bytes, merged = @Batches, unmerged_bytes = 0,
                latest_bytes = @latest
            where run_number = @Number
            """,
            new
            {
                run.Number,
                state.Batches,
                state.Bytes,
                latest,
            }
        );
    }

    private static async ValueTask<Dictionary<string, List<CurvePoint>>> ReadBatchesAsync(
        Transaction transaction,
        long run,
        long from
    )
    {
        var byKey = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
        await transaction.ReadRowsAsync(
            """
            select points from tracking_unsettled_batch where run_number = @run and batch >= @from
            union all select tail from tracking_unsettled where run_number = @run
            """,
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

    // What is not settled of a run: its batches and their bytes; those before "Merged" are in the row of its latest points. The tail is counted when
    // it becomes a batch.
    private sealed record State
    {
        public long Batches { get; init; }
        public long Bytes { get; init; }
        public long Merged { get; init; }
        public long UnmergedBytes { get; init; }
        public long LatestBytes { get; init; }
        public byte[] Tail { get; init; } = [];

        public State With(long bytes) =>
            this with
            {
                Batches = Batches + 1,
                Bytes = Bytes + bytes,
                UnmergedBytes = UnmergedBytes + bytes,
            };
    }
}
