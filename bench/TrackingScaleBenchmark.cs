using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Rondo.Benchmarks;

/// <summary>
/// Searches in one experiment of a million runs with a hundred points each, beside the same searches among a hundredth of them: what is found
/// by an index costs about the same in both. The rows are written into the database of a stopped server, all in the order of their keys.
/// </summary>
internal static class TrackingScaleBenchmark
{
    private const int RunsUsual = 1_000_000;
    private const int RunsMin = 500_000;
    private const int PointsPerRun = 100;
    private const int Keys = 5;
    private const int PointsPerCurve = PointsPerRun / Keys;
    private const int Smaller = 100;
    private const int Warm = 3;
    private const int Measured = 15;
    private const string NobodyHas = "params.p1 = 'value 7' AND params.p2 = 'value 7'";
    private const long Begin = 1_700_000_000_000;

    private static readonly (string Name, string Filter, string Order)[] s_searches =
    [
        ("newest", "", ""),
        ("order by a metric", "", "metrics.m1 DESC"),
        ("one run by its name", "run_name = 'run-77'", ""),
        ("a metric, 1 run in 35", "metrics.m1 > 0.999", ""),
        ("a metric, 1 run in 1,500", "metrics.m1 < 0.001", ""),
        ("a metric, in its order", "metrics.m1 > 0.999", "metrics.m1 DESC"),
        ("a param, 1 run in 100", "params.p1 = 'value 7'", ""),
        ("a param and a tag, 1 run in 1,000", "params.p1 = 'value 7' AND tags.t1 = 'tag 7'", ""),
        ("two params that no run has together", NobodyHas, ""),
        ("a tag of one run", "tags.commit = 'commit 77'", ""),
        ("words, 1 run in 900", "text MATCHES 'run 501'", ""),
        ("words that all runs have", "text MATCHES 'run tag'", ""),
        ("the least of a metric", "metrics.m1.min < 0.01", ""),
        ("the mean of a metric, 1 run in 15", "metrics.m1.mean > 0.66", ""),
        ("order by a param of 100 values", "", "params.p1"),
        ("order by a tag, each run its own", "", "tags.commit DESC"),
    ];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var runs = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RunsUsual;
        if (runs < RunsMin)
        {
            await Console.Error.WriteLineAsync(
                $"Give at least {RunsMin} runs: in a hundredth of them each search has to find one."
            );
            return 2;
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"tracking-scale: {runs:N0} runs with {PointsPerRun} points each; {Figures.Machine()}"
            )
        );
        var few = await MeasureAsync(Math.Max(1, runs / Smaller));
        var many = await MeasureAsync(runs);
        Console.WriteLine($"{"wall ms, median", -36} {"few", 10} {"many", 10} {"many / few", 11}");
        foreach (var (name, _, _) in s_searches)
        {
            var ratio = Figures.Text(many[name] / few[name], 1);
            Console.WriteLine(
                $"{name, -36} {Figures.Text(few[name], 2), 10} {Figures.Text(many[name], 2), 10} {ratio, 11}"
            );
        }

        return 0;
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(int runs)
    {
        using var folder = new TemporaryFolder();
        using (await ServerProcess.StartRondoAsync(folder.Path))
        {
            // It makes the tables.
        }

        var file = Path.Combine(folder.Path, "rondo.db");
        var clock = Stopwatch.StartNew();
        await FillAsync(file, runs);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"filled {runs:N0} runs in {clock.Elapsed.TotalSeconds:F0} s: {new FileInfo(file).Length / 1e9:F2} GB"
            )
        );
        using var server = await ServerProcess.StartRondoAsync(folder.Path);
        using var http = new HttpClient { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        await CheckPointsAsync(http);
        var medians = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, filter, order) in s_searches)
        {
            var walls = new List<double>();
            for (var i = 0; i < Warm + Measured; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                await SearchAsync(http, filter, order);
                if (i >= Warm)
                {
                    walls.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                }
            }

            medians[name] = Figures.Median(walls);
        }

        return medians;
    }

    // That the server reads what was written past it.
    private static async Task CheckPointsAsync(HttpClient http)
    {
        var text = await http.GetStringAsync(
            $"/api/2.0/mlflow/metrics/get-history?run_id={new string('0', 32)}&metric_key=m1"
        );
        var points = JsonDocument.Parse(text).RootElement.GetProperty("metrics").EnumerateArray();
        var read = points.Select(point => point.GetProperty("value").GetDouble());
        if (!read.SequenceEqual(Curve(0, 1)))
        {
            throw new InvalidOperationException($"Points were written otherwise than the server reads them: {text}");
        }

        var run = await http.GetStringAsync($"/api/2.0/mlflow/runs/get?run_id={new string('0', 32)}");
        var data = JsonDocument.Parse(run).RootElement.GetProperty("run").GetProperty("data");
        var latest = data.GetProperty("metrics")
            .EnumerateArray()
            .Select(point => point.GetProperty("value").GetDouble());
        if (!latest.SequenceEqual(Enumerable.Range(0, Keys).Select(key => Curve(0, key).Last())))
        {
            throw new InvalidOperationException(
                $"Latest points were written otherwise than the server reads them: {run}"
            );
        }
    }

    private static async Task SearchAsync(HttpClient http, string filter, string order)
    {
        var message = new
        {
            experiment_ids = new[] { "0" },
            filter,
            max_results = 100,
            order_by = order.Length == 0 ? [] : new[] { order },
        };
        using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(message));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync("/api/2.0/mlflow/runs/search", body);
        var text = await answer.Content.ReadAsStringAsync();
        var isFound = text.Contains("run_id", StringComparison.Ordinal);
        if (!answer.IsSuccessStatusCode || isFound == (filter == NobodyHas))
        {
            throw new InvalidOperationException($"{filter}: {text}");
        }
    }

    private static async Task FillAsync(string file, int runs)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        connection.CreateFunction<long, long, long, double>("point", Value);
        connection.CreateFunction<long, long, double>("total", (run, key) => Curve(run, key).Sum() / 4294967296.0);
        connection.CreateFunction<long, long, double>("least", (run, key) => Curve(run, key).Min());
        connection.CreateFunction<long, long, double>("greatest", (run, key) => Curve(run, key).Max());
        connection.CreateFunction<long, long, byte[]>("pack", Pack);
        connection.CreateFunction<long, byte[]>("latest", Latest);
        await using var command = connection.CreateCommand();
        command.CommandText = Script(runs);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    // Values that look like chance are those of a sine, so that each filling is the same.
    private static double Value(long run, long key, long step) =>
        Math.Abs(Math.Sin((run * 12.9898) + (key * 78.233) + (step * 3.7)));

    private static IEnumerable<double> Curve(long run, long key) =>
        Enumerable.Range(0, PointsPerCurve).Select(step => Value(run, key, step));

    // As the server packs points of one a step and millisecond: version, how many, differences of times and of steps (twice each), values.
    private static byte[] Pack(long run, long key)
    {
        using var bytes = new MemoryStream();
        bytes.Write([1, PointsPerCurve]);
        WriteTime(bytes, Begin);
        bytes.Write([.. Enumerable.Repeat((byte)2, PointsPerCurve - 1), 0]);
        bytes.Write([.. Enumerable.Repeat((byte)2, PointsPerCurve - 1)]);
        foreach (var value in Curve(run, key))
        {
            bytes.Write(BitConverter.GetBytes(value));
        }

        return bytes.ToArray();
    }

    // As it packs the latest of each: version, and of each its key, time, step (twice), that it has ends, value, least, greatest.
    private static byte[] Latest(long run)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(1);
        for (var key = 0; key < Keys; key++)
        {
            bytes.Write([2, (byte)'m', (byte)('0' + key)]);
            WriteTime(bytes, Begin + PointsPerCurve - 1);
            bytes.Write([2 * (PointsPerCurve - 1), 2]);
            var curve = Curve(run, key).ToList();
            foreach (var value in new[] { curve[^1], curve.Min(), curve.Max() })
            {
                bytes.Write(BitConverter.GetBytes(value));
            }
        }

        return bytes.ToArray();
    }

    private static void WriteTime(MemoryStream bytes, long at)
    {
        for (var time = (ulong)at * 2; time > 0; time >>= 7)
        {
            bytes.WriteByte((byte)((time & 0x7f) | (time > 0x7f ? 0x80u : 0)));
        }
    }

    private static string Script(int runs) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-262144;
            create temp table number as
                with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {runs}) select i, printf('%032x', i) as run from n;
            create temp table key as
                with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {Keys}) select i, 'm' || i as key from n;
            insert into tracking_run (number, id, experiment, name, user_id, status, started_at, ended_at, lifecycle, artifact_uri)
                select i + 1, run, 0, 'run-' || i, 'bench', 'FINISHED', {Begin} + i, {Begin} + i + 1000, 'active',
                    'mlflow-artifacts:/0/' || run || '/artifacts'
                from number;
            insert into tracking_param (run_number, key, value)
                select n.i + 1, 'p' || k.i, 'value ' || ((n.i * 7919 + k.i * 31) % 100) from number n, key k order by n.i, k.i;
            insert into tracking_tag (run_number, key, value) select i + 1, 'mlflow.runName', 'run-' || i from number;
            insert into tracking_tag (run_number, key, value) select i + 1, 't1', 'tag ' || ((i / 100) % 10) from number;
            insert into tracking_tag (run_number, key, value) select i + 1, 'commit', 'commit ' || i from number;
            insert or ignore into tracking_word (word, experiment, run)
                select word, 0, run from (
                    select 'run' as word, run from number union all select 't1', run from number union all select 'tag', run from number
                    union all select cast(i as text), run from number union all select cast((i / 100) % 10 as text), run from number
                ) order by word, run;
            insert into tracking_metric_pack
                    (run_number, key, first_at, first_step, first_value, first_nan, numbers, total, points)
                select n.i + 1, k.key, {Begin}, 0, point(n.i, k.i, 0), 0, {PointsPerCurve}, total(n.i, k.i), pack(n.i, k.i)
                from number n cross join key k;
            insert into tracking_metric_latest (run_number, key, experiment, logged_at, step, value, is_nan, min_value, max_value)
                select n.i + 1, k.key, 0, {Begin} + {PointsPerCurve - 1}, {PointsPerCurve
                - 1}, point(n.i, k.i, {PointsPerCurve - 1}), 0,
                    least(n.i, k.i), greatest(n.i, k.i)
                from number n cross join key k;
            insert into tracking_latest_pack (run_number, latest) select i + 1, latest(i) from number;
            update tracking_run_number set last = {runs};
            """
        );
}
