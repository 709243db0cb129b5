using Rondo.Kernel.Db;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>Points of one metric of several runs, few enough to draw: evenly over the steps that the runs have together.</summary>
internal sealed class MetricSample(Database database)
{
    // A step may have any number of points; of more than these an even choice is read.
    private const int PointsPerRunMax = 5000;

    /// <summary>
    /// For each run in the order given the points at the chosen steps, by step, time and value. Chosen are at most so many steps
    /// of those in the interval, its last one, and of every run its first and last there.
    /// </summary>
    public Task<IReadOnlyList<RunPoint>> ReadAsync(
        IReadOnlyList<string> runs,
        string key,
        (long First, long Last) steps,
        int stepsMax
    ) =>
        database.ReadAsync<IReadOnlyList<RunPoint>>(async session =>
        {
            var chosen = await StepsAsync(session, runs, key, steps, stepsMax);
            var ends = await EndsAsync(session, runs, key, steps);
            var points = new List<RunPoint>();
            foreach (var run in runs)
            {
                if (ends.TryGetValue(run, out var end))
                {
                    var at = chosen.Append(end.First).Append(end.Last).Distinct();
                    points.AddRange(await PointsAsync(session, run, key, at));
                }
            }

            return points;
        });

    // The steps in as many groups as may be chosen; of each group the first, and of the last one the last as well.
    private static async ValueTask<IReadOnlyList<long>> StepsAsync(
        Session session,
        IReadOnlyList<string> runs,
        string key,
        (long First, long Last) steps,
        int stepsMax
    ) =>
        await session.QueryAsync<long>(
            """
            select step from (
                select step, row_number() over (order by step) - 1 as place, count(*) over () as steps from (
                    select distinct step from tracking_metric
                    where run in @runs and key = @key and step >= @First and step <= @Last
                ) every
            ) placed
            where place = 0 or place = steps - 1 or place * @limit / steps > (place - 1) * @limit / steps
            order by step
            """,
            new
            {
                runs,
                key,
                steps.First,
                steps.Last,
                limit = (long)stepsMax,
            }
        );

    private static async ValueTask<Dictionary<string, (long First, long Last)>> EndsAsync(
        Session session,
        IReadOnlyList<string> runs,
        string key,
        (long First, long Last) steps
    ) =>
        (
            await session.QueryAsync<(string Run, long First, long Last)>(
                """
                select run, min(step), max(step) from tracking_metric
                where run in @runs and key = @key and step >= @First and step <= @Last group by run
                """,
                new
                {
                    runs,
                    key,
                    steps.First,
                    steps.Last,
                }
            )
        ).ToDictionary(end => end.Run, end => (end.First, end.Last), StringComparer.Ordinal);

    private static async ValueTask<IEnumerable<RunPoint>> PointsAsync(
        Session session,
        string run,
        string key,
        IEnumerable<long> steps
    )
    {
        var rows = await session.QueryAsync<MetricRow>(
            """
            select key, logged_at, step, value, is_nan from (
                select key, logged_at, step, value, is_nan, count(*) over () as points,
                    row_number() over (order by step, logged_at, value, is_nan) - 1 as place
                from tracking_metric where run = @run and key = @key and step in @steps
            ) placed
            where place % ((points + @limit - 1) / @limit) = 0 or place = points - 1
            order by step, logged_at, value, is_nan
            """,
            new
            {
                run,
                key,
                steps,
                limit = (long)PointsPerRunMax,
            }
        );
        return rows.Select(row => new RunPoint(run, row.ToPoint()));
    }
}

/// <summary>A point and the run that logged it.</summary>
internal sealed record RunPoint(string Run, MetricPoint Point);
