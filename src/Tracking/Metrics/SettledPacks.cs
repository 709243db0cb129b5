using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// All latest points of a settled run in one row, so that a page of runs reads a row of each and not one of each metric. It says what the rows of
/// <c>tracking_metric_latest</c> say, by which runs are found. Runs of an earlier version and those with very many metrics have none.
/// </summary>
internal static class SettledPacks
{
    // Of more metrics the row would be written anew for few of them.
    internal const int MetricsMax = 2000;

    private static readonly string[] s_names = ["run", "latest"];

    /// <summary>Hands over those of runs, whose <c>numbers</c> are a list as JSON; see <see cref="LatestPack"/> for what the bytes are.</summary>
    public static ValueTask ReadAsync(Session session, object numbers, ReadPack read) =>
        session.ReadRowsAsync(
            $"""
            select run_number, latest from tracking_latest_pack
            where {session.Dialect.IsAmongNumbers("run_number", "@numbers")}
            """,
            numbers,
            row => read(row.Long(0), row.Bytes(1))
        );

    /// <summary>Makes that of one run of its rows. Whoever changes them does so in the same transaction, and holds the run's row.</summary>
    public static async ValueTask WriteAsync(Transaction transaction, long run)
    {
        var rows = await LatestMetrics.RowsAsync(transaction, run, MetricsMax + 1);
        if (rows.Count is 0 or > MetricsMax)
        {
            await transaction.ExecuteAsync("delete from tracking_latest_pack where run_number = @run", new { run });
            return;
        }

        using var bytes = new PooledBytes();
        LatestPack.Merge([], rows, bytes);
        await transaction.ExecuteManyAsync(
            """
            insert into tracking_latest_pack (run_number, latest) values (@run, @latest)
            on conflict (run_number) do update set latest = excluded.latest
            """,
            s_names,
            [(run, bytes.WrittenMemory)],
            static (arguments, row) =>
            {
                arguments.Set(0, row.run);
                arguments.Set(1, row.WrittenMemory.Span);
            }
        );
    }
}

/// <summary>Takes the packed points of a run; the bytes hold until it returns.</summary>
internal delegate void ReadPack(long run, ReadOnlySpan<byte> latest);
