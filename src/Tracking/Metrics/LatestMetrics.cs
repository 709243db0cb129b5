using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The latest points of runs: rows that are settled, with one row that has all of them (<see cref="SettledPacks"/>), and, of a run that logs at present,
/// what stands in one row of the run, packed, and in batches that are not merged into it (<see cref="UnsettledPoints"/>). The latest of all of these is
/// the latest.
/// </summary>
internal static class LatestMetrics
{
    private const string Columns = "key, logged_at, step, value, is_nan, min_value, max_value";

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

    private static readonly string[] s_rowNames =
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

    private static readonly string[] s_mergedNames = ["run", "latest"];

    /// <summary>The latest points of runs by their numbers, in the order of the keys. A run that has logged nothing is absent.</summary>
    public static async ValueTask<IReadOnlyDictionary<long, IReadOnlyList<MetricRange>>> ReadAsync(
        Session session,
        IEnumerable<long> runs
    )
    {
        var found = new Dictionary<long, IReadOnlyList<MetricRange>>();
        var all = runs.ToList();
        var numbers = new { numbers = JsonSerializer.Serialize(all) };
        await SettledPacks.ReadAsync(session, numbers, (run, latest) => found.Add(run, LatestPack.Read(latest)));
        if (all.Count > found.Count)
        {
            await ReadRowsAsync(session, all.Where(run => !found.ContainsKey(run)), found);
        }

        var among = session.Dialect.IsAmongNumbers("run_number", "@numbers");
        foreach (var (run, unsettled) in await UnsettledAsync(session, (among, numbers), Every))
        {
            found[run] = found.TryGetValue(run, out var rows) ? MetricRange.Merge(rows, unsettled) : unsettled;
        }

        return found;

        static bool Every(ReadOnlySpan<byte> key) => true;
    }

    private static async ValueTask ReadRowsAsync(
        Session session,
        IEnumerable<long> runs,
        Dictionary<long, IReadOnlyList<MetricRange>> found
    )
    {
        var settled = new Dictionary<long, List<MetricRange>>();
        await session.ReadRowsAsync(
            $"""
            select {Columns}, run_number from tracking_metric_latest
            where {session.Dialect.IsAmongNumbers("run_number", "@numbers")} order by run_number, key
            """,
            new { numbers = JsonSerializer.Serialize(runs) },
            row =>
            {
                if (!settled.TryGetValue(row.Long(7), out var ranges))
                {
                    settled.Add(row.Long(7), ranges = []);
                    found.Add(row.Long(7), ranges);
                }

                ranges.Add(Of(row));
            }
        );
    }

    /// <summary>Those of one run.</summary>
    public static async ValueTask<IReadOnlyList<MetricRange>> ReadAsync(Session session, long run) =>
        (await ReadAsync(session, [run])).TryGetValue(run, out var found) ? found : [];

    /// <summary>Those of some metrics that have rows, of runs by their numbers.</summary>
    public static async ValueTask<IReadOnlyDictionary<(long Run, string Key), MetricRange>> RowsAsync(
        Session session,
        IEnumerable<long> runs,
        IReadOnlyList<string> keys
    )
    {
        var found = new Dictionary<(long, string), MetricRange>();
        await session.ReadRowsAsync(
            $"""
            select {Columns}, run_number from tracking_metric_latest
            where {session.Dialect.IsAmongNumbers("run_number", "@runs")} and {session.Dialect.IsAmong("key", "@keys")}
            """,
            new { runs = JsonSerializer.Serialize(runs), keys = JsonSerializer.Serialize(keys) },
            row => found.Add((row.Long(7), row.Text(0)), Of(row))
        );
        return found;
    }

    /// <summary>
    /// Those of chosen metrics that are not settled, by the numbers of their runs, in the order of the keys. The runs are those whose rows of
    /// <c>tracking_unsettled</c> a condition finds.
    /// </summary>
    public static async ValueTask<IReadOnlyDictionary<long, IReadOnlyList<MetricRange>>> UnsettledAsync(
        Session session,
        (string Condition, object Arguments) runs,
        KeyChoice choice
    )
    {
        var found = new Dictionary<long, IReadOnlyList<MetricRange>>();
        var some = $"select run_number, merged, tail from tracking_unsettled where {runs.Condition}";
        await session.ReadRowsAsync(
            $"""
            select u.run_number, l.latest from ({some}) u
            join tracking_unsettled_latest l on l.run_number = u.run_number
            """,
            runs.Arguments,
            row => found.Add(row.Long(0), LatestPack.Read(row.Bytes(1), choice))
        );
        var batches = new Dictionary<long, Dictionary<string, List<CurvePoint>>>();
        await session.ReadRowsAsync(
            $"""
            select u.run_number, b.points from ({some}) u
            join tracking_unsettled_batch b on b.run_number = u.run_number and b.batch >= u.merged
            union all select u.run_number, u.tail from ({some}) u
            """,
            runs.Arguments,
            row =>
            {
                if (!batches.TryGetValue(row.Long(0), out var byKey))
                {
                    batches.Add(row.Long(0), byKey = new(StringComparer.Ordinal));
                }

                BatchPack.Read(row.Bytes(1), byKey, choice);
            }
        );
        foreach (var (run, byKey) in batches)
        {
            found[run] = MetricRange.Merge(found.GetValueOrDefault(run) ?? [], MetricRange.Of(byKey));
        }

        return found;
    }

    /// <summary>
    /// The statement that reads settled points, of runs whose <c>@numbers</c> are a list as JSON: number of the run, key, time, step, value, and 1
    /// where it is none; run by run.
    /// </summary>
    public static string SettledSql(Dialect dialect) =>
        $"""
            select run_number, key, logged_at, step, value, is_nan from tracking_metric_latest
            where {dialect.IsAmongNumbers("run_number", "@numbers")} order by run_number, key
            """;

    /// <summary>Those of the runs, whose <c>numbers</c> are a list as JSON, that log at present.</summary>
    public static ValueTask<IReadOnlyList<long>> LoggingAsync(Session session, object numbers) =>
        session.QueryAsync<long>(
            $"""
            select run_number from tracking_unsettled where {session.Dialect.IsAmongNumbers("run_number", "@numbers")}
            order by run_number
            """,
            numbers
        );

    /// <summary>What was merged into the one row of a run.</summary>
    public static async ValueTask<IReadOnlyList<MetricRange>> MergedAsync(Session session, long run)
    {
        IReadOnlyList<MetricRange> merged = [];
        await session.ReadRowsAsync(
            "select latest from tracking_unsettled_latest where run_number = @run",
            new { run },
            row => merged = LatestPack.Read(row.Bytes(0))
        );
        return merged;
    }

    /// <summary>Writes that, together with others, as bytes.</summary>
    public static async ValueTask MergeAsync(
        Session session,
        long run,
        IReadOnlyList<MetricRange> ranges,
        PooledBytes to
    )
    {
        var isThere = false;
        await session.ReadRowsAsync(
            "select latest from tracking_unsettled_latest where run_number = @run",
            new { run },
            row =>
            {
                isThere = true;
                LatestPack.Merge(row.Bytes(0), ranges, to);
            }
        );
        if (!isThere)
        {
            LatestPack.Merge([], ranges, to);
        }
    }

    /// <summary>Keeps them in the one row of the run.</summary>
    public static async ValueTask WriteMergedAsync(Transaction transaction, long run, ReadOnlyMemory<byte> latest) =>
        await transaction.ExecuteManyAsync(
            """
            insert into tracking_unsettled_latest (run_number, latest) values (@run, @latest)
            on conflict (run_number) do update set latest = excluded.latest
            """,
            s_mergedNames,
            [(run, latest)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.run);
                arguments.Set(1, row.latest.Span);
            }
        );

    /// <summary>Removes that row.</summary>
    public static async ValueTask DeleteMergedAsync(Transaction transaction, long run) =>
        await transaction.ExecuteAsync("delete from tracking_unsettled_latest where run_number = @run", new { run });

    /// <summary>The rows of one run, up to so many, in the order of the keys.</summary>
    public static async ValueTask<IReadOnlyList<MetricRange>> RowsAsync(Session session, long run, int rowsMax)
    {
        var rows = new List<MetricRange>();
        await session.ReadRowsAsync(
            $"select {Columns} from tracking_metric_latest where run_number = @run order by key limit @rowsMax",
            new { run, rowsMax },
            row => rows.Add(Of(row))
        );
        return rows;
    }

    /// <summary>Brings them to their rows.</summary>
    public static async ValueTask WriteAsync(Transaction transaction, RunKey run, IReadOnlyList<MetricRange> latest)
    {
        await WriteRowsAsync(transaction, run, latest);
        await SettledPacks.WriteAsync(transaction, run.Number);
    }

    private static async ValueTask WriteRowsAsync(
        Transaction transaction,
        RunKey run,
        IReadOnlyList<MetricRange> latest
    ) =>
        await transaction.ExecuteManyAsync(
            $"""
            insert into tracking_metric_latest
                (run_number, key, logged_at, step, value, is_nan, experiment, min_value, max_value)
            values (@run, @key, @at, @step, @value, @nan, @experiment, @min, @max)
            on conflict (run_number, key) do update set
                logged_at = case when {Newer} then excluded.logged_at else tracking_metric_latest.logged_at end,
                step = case when {Newer} then excluded.step else tracking_metric_latest.step end,
                value = case when {Newer} then excluded.value else tracking_metric_latest.value end,
                is_nan = case when {Newer} then excluded.is_nan else tracking_metric_latest.is_nan end,
                min_value = case when {Less} then excluded.min_value else tracking_metric_latest.min_value end,
                max_value = case when {Greater} then excluded.max_value else tracking_metric_latest.max_value end
            where {Newer} or {Less} or {Greater}
            """,
            s_rowNames,
            latest,
            (arguments, range) => range.Write(arguments, run)
        );

    private static MetricRange Of(Row row) =>
        new(
            new MetricRow
            {
                Key = row.Text(0),
                LoggedAt = row.Long(1),
                Step = row.Long(2),
                Value = row.Double(3),
                IsNan = row.Long(4),
            },
            row.IsNull(5) ? null : row.Double(5),
            row.IsNull(6) ? null : row.Double(6)
        );
}

/// <summary>Which metrics are meant, by their keys as UTF-8.</summary>
internal delegate bool KeyChoice(ReadOnlySpan<byte> key);
