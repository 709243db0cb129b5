using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>Points of one metric of several runs, few enough to draw: evenly over the steps that the runs have together.</summary>
internal sealed class MetricSample(Database database)
{
    // A step may have any number of points; of more than these an even choice is read.
    private const int PointsPerRunMax = 5000;

    // So much is held in memory to choose from.
    private const int KeptMax = 1_000_000;

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
            var every = new SomeSteps();
            var ends = new Dictionary<string, (long First, long Last)>(StringComparer.Ordinal);
            foreach (var (run, number) in numbers)
            {
                await EachAsync(
                    session,
                    (number, key),
                    steps,
                    point =>
                    {
                        every.Add(point.Step);
                        ends[run] = ends.TryGetValue(run, out var end)
                            ? (Math.Min(end.First, point.Step), Math.Max(end.Last, point.Step))
                            : (point.Step, point.Step);
                    }
                );
            }

            var chosen = Choose(every.Steps, stepsMax);
            var points = new List<RunPoint>();
            foreach (var run in runs.Where(ends.ContainsKey))
            {
                var (first, last) = ends[run];
                var found = new SomePoints();
                await EachAsync(
                    session,
                    (numbers[run], key),
                    steps,
                    point =>
                    {
                        if (point.Step == first || point.Step == last || chosen.Contains(point.Step))
                        {
                            found.Add(point);
                        }
                    }
                );
                points.AddRange(Thinned(found.Points).Select(point => new RunPoint(run, point.Of(key))));
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

    // Of the steps in as many groups as may be chosen the first of each, and of the last one the last as well.
    private static HashSet<long> Choose(HashSet<long> every, int stepsMax)
    {
        var steps = every.ToArray();
        Array.Sort(steps);
        return
        [
            .. steps.Where(
                (_, i) =>
                    i == 0
                    || i == steps.Length - 1
                    || (long)i * stepsMax / steps.Length > (i - 1L) * stepsMax / steps.Length
            ),
        ];
    }

    // By step, time and value; of very many each so manieth, and the last.
    private static IEnumerable<CurvePoint> Thinned(List<CurvePoint> points)
    {
        points.Sort((a, b) => a.Step != b.Step ? a.Step.CompareTo(b.Step) : a.CompareTo(b));
        var each = (points.Count + PointsPerRunMax - 1) / PointsPerRunMax;
        return points.Where((_, i) => i % each == 0 || i == points.Count - 1);
    }

    private static ValueTask EachAsync(
        Session session,
        (long Run, string Key) curve,
        (long First, long Last) steps,
        Action<CurvePoint> take
    ) =>
        CurveReader.EachAsync(
            session,
            curve.Run,
            curve.Key,
            points =>
            {
                foreach (var point in points)
                {
                    if (point.Step >= steps.First && point.Step <= steps.Last)
                    {
                        take(point);
                    }
                }
            }
        );

    // Steps, each once: of very many those that are multiples of a power of two.
    private sealed class SomeSteps
    {
        private long _mask;

        public HashSet<long> Steps { get; } = [];

        public void Add(long step)
        {
            if ((step & _mask) == 0 && Steps.Add(step) && Steps.Count > KeptMax)
            {
                _mask = (_mask << 1) | 1;
                Steps.RemoveWhere(kept => (kept & _mask) != 0);
            }
        }
    }

    // Points as they come: of very many each so manieth.
    private sealed class SomePoints
    {
        private long _mask;
        private long _seen;

        public List<CurvePoint> Points { get; } = [];

        public void Add(CurvePoint point)
        {
            if ((_seen++ & _mask) == 0)
            {
                Points.Add(point);
                if (Points.Count > KeptMax)
                {
                    _mask = (_mask << 1) | 1;
                    var place = 0;
                    Points.RemoveAll(_ => (place++ & 1) != 0);
                }
            }
        }
    }
}

/// <summary>A point and the run that logged it.</summary>
internal sealed record RunPoint(string Run, MetricPoint Point);
