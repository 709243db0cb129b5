using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// Points of one metric of several runs, few enough to draw: evenly over the steps that the runs have together. Of more than
/// <paramref name="keptMax"/> steps, or points that were chosen of a run, some are held in memory.
/// </summary>
internal sealed class MetricSample(Database database, int keptMax = 1_000_000)
{
    // The curves of so many runs are held at once.
    private const int CurvesAtOnce = 10;

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
            var every = new SomeSteps(keptMax);
            var curves = new Dictionary<string, Curve>(StringComparer.Ordinal);
            foreach (var (run, number) in numbers)
            {
                var curve = new Curve(keptMax);
                await EachAsync(
                    session,
                    (number, key),
                    steps,
                    point =>
                    {
                        every.Add(point.Step);
                        curve.Add(point);
                    }
                );
                curves.Add(run, curve);
            }

            var chosen = Choose(every.Steps, stepsMax);
            var points = new List<RunPoint>();
            foreach (var run in runs.Where(numbers.ContainsKey))
            {
                var found = new SomePoints(keptMax);
                void Take(CurvePoint point)
                {
                    if (curves[run].IsEnd(point) || chosen.Contains(point.Step))
                    {
                        found.Add(point);
                    }
                }

                if (curves[run].Points is { } held)
                {
                    held.ForEach(Take);
                }
                else
                {
                    await EachAsync(session, (numbers[run], key), steps, Take);
                }

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

    // Steps, each once: of very many those that chance has chosen, the same each time.
    private sealed class SomeSteps(int keptMax)
    {
        private ulong _mask;

        public HashSet<long> Steps { get; } = [];

        public void Add(long step)
        {
            if (IsKept(step) && Steps.Add(step) && Steps.Count > keptMax)
            {
                _mask = (_mask << 1) | 1;
                Steps.RemoveWhere(kept => !IsKept(kept));
            }
        }

        // Steps are often multiples of a number: their own bits choose all of them, or none.
        private bool IsKept(long step) => ((((ulong)step * 0x9E3779B97F4A7C15) >> 32) & _mask) == 0;
    }

    // The first and the last step of a run, and its points while they are few: otherwise they are read once more.
    private sealed class Curve(int keptMax)
    {
        private long? _first;
        private long? _last;

        public List<CurvePoint>? Points { get; private set; } = [];

        public bool IsEnd(CurvePoint point) => point.Step == _first || point.Step == _last;

        public void Add(CurvePoint point)
        {
            _first = _first < point.Step ? _first : point.Step;
            _last = _last > point.Step ? _last : point.Step;
            Points?.Add(point);
            Points = Points?.Count > keptMax / CurvesAtOnce ? null : Points;
        }
    }

    // Points as they come: of very many each so manieth.
    private sealed class SomePoints(int keptMax)
    {
        private long _mask;
        private long _seen;

        public List<CurvePoint> Points { get; } = [];

        public void Add(CurvePoint point)
        {
            if ((_seen++ & _mask) == 0)
            {
                Points.Add(point);
                if (Points.Count > keptMax)
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
