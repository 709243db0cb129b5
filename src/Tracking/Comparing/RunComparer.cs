using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Comparing;

/// <summary>Puts runs side by side.</summary>
internal sealed class RunComparer(Database database, MetricSample sample)
{
    /// <summary>So many runs are compared at once.</summary>
    public const int RunsMax = 50;

    private const int CurvesMax = 30;
    private const int StepsMax = 200;

    /// <summary>The runs as they stand in the list, each once; curves where they are asked for.</summary>
    public async Task<RunComparison> CompareAsync(IReadOnlyList<string> ids, bool curves)
    {
        if (ids.Count is < 1 or > RunsMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{ids.Count} runs are not compared.",
                $"Name 1 to {RunsMax} runs."
            );
        }

        var runs = await database.ReadAsync(async session =>
        {
            var infos = new List<RunInfo>();
            foreach (var id in ids)
            {
                infos.Add(await RunStore.RequireCalledAsync(session, id));
            }

            infos = [.. infos.DistinctBy(info => info.Id, StringComparer.Ordinal)];

            return await RunReader.ReadAsync(session, infos);
        });
        return new RunComparison(
            [.. runs.Select(run => Of(run.Info))],
            Rows(runs, run => run.Params),
            Metrics(runs),
            Rows(runs, run => run.Tags),
            Datasets(runs),
            curves ? await CurvesAsync(runs) : []
        );
    }

    private static ComparedRun Of(RunInfo info) =>
        new(
            info.Id,
            info.Name,
            info.Experiment.ToString(CultureInfo.InvariantCulture),
            info.Status,
            UnixTime.At(info.StartedAt),
            info.EndedAt is { } at ? UnixTime.At(at) : null
        );

    private static List<ComparedRow<string>> Rows(IReadOnlyList<Run> runs, Func<Run, IReadOnlyList<KeyValue>> pairs) =>
        Rows<string>(runs, run => pairs(run).Select(pair => (pair.Key, (string?)pair.Value)));

    private static List<ComparedRow<double?>> Metrics(IReadOnlyList<Run> runs) =>
        Rows<double?>(runs, run => run.Metrics.Select(metric => (metric.Key, (double?)metric.Value)));

    private static List<ComparedRow<string>> Datasets(IReadOnlyList<Run> runs) =>
        Rows<string>(
            runs,
            run =>
                run.Datasets.DistinctBy(input => input.Dataset.Name, StringComparer.Ordinal)
                    .Select(input => (input.Dataset.Name, (string?)input.Dataset.Digest))
        );

    private static List<ComparedRow<T>> Rows<T>(
        IReadOnlyList<Run> runs,
        Func<Run, IEnumerable<(string Key, T? Value)>> pairs
    )
    {
        var values = runs.Select(run =>
                pairs(run).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal)
            )
            .ToList();
        return
        [
            .. values
                .SelectMany(of => of.Keys)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(key =>
                {
                    var row = values.Select(of => of.GetValueOrDefault(key)).ToList();
                    var same = values.TrueForAll(of => of.ContainsKey(key)) && row.Distinct().Count() == 1;
                    return new ComparedRow<T>(key, same, row);
                }),
        ];
    }

    private async Task<IReadOnlyList<MetricCurves>> CurvesAsync(IReadOnlyList<Run> runs)
    {
        string[] ids = [.. runs.Select(run => run.Info.Id).Distinct(StringComparer.Ordinal)];
        var curves = new List<MetricCurves>();
        var keys = await database.ReadAsync(session =>
            CurveKeys
                .FindAsync(
                    session,
                    runs.Select(run => run.Info.Number),
                    runs.SelectMany(run => run.Metrics).Select(metric => metric.Key)
                )
                .AsTask()
        );
        foreach (var key in keys.Order(StringComparer.Ordinal))
        {
            var points = await sample.ReadAsync(ids, key, (long.MinValue, long.MaxValue), StepsMax);
            var ofRuns = points
                .Where(point => double.IsFinite(point.Point.Value))
                .GroupBy(point => point.Run, StringComparer.Ordinal)
                .Select(run => run.GroupBy(point => point.Point.Step).Select(step => step.Last()).ToList())
                .Where(run => run.Count > 1)
                .Select(run => new MetricCurve(
                    run[0].Run,
                    [.. run.Select(point => point.Point.Step)],
                    [.. run.Select(point => point.Point.Value)]
                ))
                .ToList();
            if (ofRuns.Count > 0)
            {
                curves.Add(new MetricCurves(key, ofRuns));
            }

            if (curves.Count == CurvesMax)
            {
                break;
            }
        }

        return curves;
    }
}
