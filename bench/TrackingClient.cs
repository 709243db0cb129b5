using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Rondo.Benchmarks;

/// <summary>What a client of MLflow sends; every answer is read whole, and any but 200 ends the benchmark.</summary>
internal sealed class TrackingClient : IDisposable
{
    public const int FillersMax = 8;
    public const int BatchMetrics = 1000;

    public const string Base = "/api/2.0/mlflow/";
    private const long Begin = 1_700_000_000_000;
    private const int PagesMax = 1000;

    private readonly HttpClient _http;
    private string _experiment = "0";

    public TrackingClient(Uri server) => _http = new HttpClient { BaseAddress = server };

    /// <summary>An experiment with so many runs, made as programs make them: created, and what they log in one batch.</summary>
    public async Task FillAsync(int runs)
    {
        _experiment = await CreateExperimentAsync("bench");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, runs),
            new ParallelOptions { MaxDegreeOfParallelism = FillersMax },
            async (number, _) =>
            {
                var random = new Random(number);
                var tags = Pairs("tag", random);
                var run = await CreateRunAsync(Text($"run-{number}"), tags, Begin + number);
                var metrics = Enumerable
                    .Range(0, 10)
                    .Select(i => Point(Text($"m{i}"), random.NextDouble(), Begin + number, step: 1));
                await SendAsync(
                    "runs/log-batch",
                    new
                    {
                        run_id = run,
                        metrics,
                        @params = Pairs("param", random),
                    }
                );
                await SendAsync(
                    "runs/update",
                    new
                    {
                        run_id = run,
                        status = "FINISHED",
                        end_time = Begin + number + 1000,
                    }
                );
            }
        );
    }

    /// <summary>A run of an experiment in which others have logged the same metrics; the others have a batch each.</summary>
    public async Task<string> CreateRunAmongAsync(int others, int keys)
    {
        var experiment = _experiment;
        _experiment = await CreateExperimentAsync(Text($"of {keys} keys"));
        for (var number = 0; number < others; number++)
        {
            await LogBatchAsync(await CreateRunAsync(Text($"other-{number}"), []), number, keys);
        }

        var run = await CreateRunAsync("batches", []);
        _experiment = experiment;
        return run;
    }

    private async Task<string> CreateExperimentAsync(string name)
    {
        using var made = await PostAsync("experiments/create", new { name });
        return made.RootElement.GetProperty("experiment_id").GetString()!;
    }

    public async Task<string> CreateRunAsync(string name, IEnumerable<object> tags, long startTime = Begin)
    {
        using var made = await PostAsync(
            "runs/create",
            new
            {
                experiment_id = _experiment,
                user_id = "bench",
                run_name = name,
                start_time = startTime,
                tags,
            }
        );
        return made.RootElement.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
    }

    public Task LogMetricAsync(string run, int step) =>
        SendAsync(
            "runs/log-metric",
            new
            {
                run_id = run,
                key = "m0",
                value = 1.0 / (step + 1),
                timestamp = Begin + step,
                step,
            }
        );

    public Task LogBatchAsync(string run, int number, int keys) =>
        SendAsync(
            "runs/log-batch",
            new
            {
                run_id = run,
                metrics = Enumerable
                    .Range(0, BatchMetrics)
                    .Select(i =>
                    {
                        var step = (number * (BatchMetrics / keys)) + (i / keys);
                        return Point(Text($"m{i % keys}"), Math.Sin(i + step), Begin + step, step);
                    }),
            }
        );

    public async Task SearchAsync(int limit, params string[] order)
    {
        var answer = await SendAsync(
            "runs/search",
            new
            {
                experiment_ids = new[] { _experiment },
                max_results = limit,
                order_by = order,
            }
        );
        if (answer.Length < limit * 100)
        {
            throw new InvalidOperationException("The search found too little.");
        }
    }

    /// <summary>Reads a history page by page and counts nothing but its pages.</summary>
    public async Task ReadHistoryAsync(string run, int points, int page)
    {
        var token = "";
        for (var pages = 1; pages <= PagesMax; pages++)
        {
            var path =
                $"{Base}metrics/get-history?run_id={run}&metric_key=m0&max_results={page.ToString(CultureInfo.InvariantCulture)}&page_token={Uri.EscapeDataString(token)}";
            var answer = await _http.GetByteArrayAsync(path);
            token = TokenAtEnd(answer);
            if (token.Length == 0)
            {
                if (pages != points / page)
                {
                    throw new InvalidOperationException("The history has another number of pages.");
                }

                return;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    // The token is the last field: what is before it need not be read as JSON.
    private static string TokenAtEnd(ReadOnlySpan<byte> answer)
    {
        var name = "\"next_page_token\":\""u8;
        var place = answer.LastIndexOf(name);
        return place < 0 ? "" : System.Text.Encoding.ASCII.GetString(answer[(place + name.Length)..^2]);
    }

    private static object Point(string key, double value, long timestamp, long step) =>
        new
        {
            key,
            value,
            timestamp,
            step,
        };

    private static object[] Pairs(string name, Random random) =>
        [
            .. Enumerable
                .Range(0, 5)
                .Select(i => new { key = Text($"{name}{i}"), value = Text($"value {random.Next(100)}") }),
        ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonDocument> PostAsync(string path, object message) =>
        JsonDocument.Parse(await SendAsync(path, message));

    private async Task<byte[]> SendAsync(string path, object message)
    {
        using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(message));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await _http.PostAsync(Base + path, body);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadAsByteArrayAsync()
            : throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }
}
