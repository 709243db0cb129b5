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
            var numbers = await NumbersAsync(session, runs);
            if (numbers.Count == 0)
            {
                return [];
            }

            var chosen = await StepsAsync(session, numbers.Values, key, steps, stepsMax);
            var ends = await EndsAsync(session, numbers.Values, key, steps);
            var points = new List<RunPoint>();
            foreach (var run in runs)
            {
                if (numbers.TryGetValue(run, out var number) && ends.TryGetValue(number, out var end))
                {
                    var at = chosen.Append(end.First).Append(end.Last).Distinct();
                    points.AddRange((await PointsAsync(session, number, key, at)).Select(p => new RunPoint(run, p)));
                }
            }

            return points;
        });

    private static async ValueTask<Dictionary<string, long>> NumbersAsync(
        Session session,
        IReadOnlyList<string> runs
    ) =>
        (
            await session.QueryAsync<(string Id, long Number)>(
                "select id, number from tracking_run where id in @runs",
                new { runs }
            )
        ).ToDictionary(run => run.Id, run => run.Number, StringComparer.Ordinal);

    // The steps in as many groups as may be chosen; of each group the first, and of the last one the last as well.
    private static async ValueTask<IReadOnlyList<long>> StepsAsync(
        Session session,
        IReadOnlyCollection<long> runs,
        string key,
        (long First, long Last) steps,
        int stepsMax
    ) =>
        await session.QueryAsync<long>(
            """
            select step from (
                select step, row_number() over (order by step) - 1 as place, count(*) over () as steps from (
                    select distinct step from tracking_metric
                    where run_number in @runs and key = @key and step >= @First and step <= @Last
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

    private static async ValueTask<Dictionary<long, (long First, long Last)>> EndsAsync(
        Session session,
        IReadOnlyCollection<long> runs,
        string key,
        (long First, long Last) steps
    ) =>
        (
            await session.QueryAsync<(long Run, long First, long Last)>(
                """
                select run_number, min(step), max(step) from tracking_metric
                where run_number in @runs and key = @key and step >= @First and step <= @Last group by run_number
                """,
                new
                {
                    runs,
                    key,
                    steps.First,
                    steps.Last,
                }
            )
        ).ToDictionary(end => end.Run, end => (end.First, end.Last));

    private static async ValueTask<IEnumerable<MetricPoint>> PointsAsync(
        Session session,
        long run,
        string key,
        IEnumerable<long> steps
    )
    {
        var rows = await session.QueryAsync<MetricRow>(
            """
            select key, logged_at, step, value, is_nan from (
                select key, logged_at, step, value, is_nan, count(*) over () as points,
                    row_number() over (order by step, logged_at, value, is_nan) - 1 as place
                from tracking_metric where run_number = @run and key = @key and step in @steps
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
        return rows.Select(row => row.ToPoint());
    }
}

/// <summary>A point and the run that logged it.</summary>
internal sealed record RunPoint(string Run, MetricPoint Point);
