using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Rondo.Sdk;
using Rondo.Tests.Tracking;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>A real server, a spool folder, and the line between them, which a test can cut.</summary>
internal sealed class TrackedPlace : IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private TrackedPlace(TrackingHarness server) => Server = server;

    public TrackingHarness Server { get; }
    public Line Line { get; } = new();
    public Disk Disk { get; } = new();
    public List<string> Warnings { get; } = [];
    public string Spool => _folder.Of("spool");

    public TrackingSettings Settings =>
        new()
        {
            Server = Server.Address,
            SpoolFolder = Spool,
            Time = Server.Kernel.Time,
            Handler = Line.Handler,
            Write = Disk.Write,
            Warn = words =>
            {
                lock (Warnings)
                {
                    Warnings.Add(words);
                }
            },
        };

    public static async Task<TrackedPlace> StartAsync() => new(await TrackingHarness.StartAsync());

    public TrackedRun Run(string? name = null) => TrackedRun.Start("demand", name, Settings);

    public string Of(string name) => _folder.Of(name);

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>What the spool folder holds, by name.</summary>
    public string[] Kept() =>
        Directory.Exists(Spool)
            ? [.. Directory.EnumerateFileSystemEntries(Spool).Select(Path.GetFileName).Order()!]
            : [];

    /// <summary>The lines that the spool of a run holds.</summary>
    public string Lines(string run) => File.ReadAllText(Path.Combine(Spool, run + ".jsonl"));

    /// <summary>The spools as they are at this moment, in a folder of their own: what a process that is killed now leaves behind.</summary>
    public string Killed(string name)
    {
        var copy = Directory.CreateDirectory(_folder.Of(name)).FullName;
        foreach (
            var file in Directory
                .EnumerateFiles(Spool, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock"))
        )
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Spool, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public async Task<JsonElement> RunAsync(string id) =>
        (await Server.GetAsync("runs/get?run_id=" + id)).GetProperty("run");

    public async Task<string> StatusAsync(string id) =>
        (await RunAsync(id)).GetProperty("info").GetProperty("status").GetString()!;

    public async Task<Dictionary<string, string>> TagsAsync(string id) =>
        Pairs((await RunAsync(id)).GetProperty("data"), "tags");

    public async Task<Dictionary<string, string>> ParamsAsync(string id) =>
        Pairs((await RunAsync(id)).GetProperty("data"), "params");

    /// <summary>All points of a metric: steps with values, as the server has them.</summary>
    public async Task<List<(long Step, string Value)>> PointsAsync(string id, string key)
    {
        var history = await Server.GetAsync($"metrics/get-history?run_id={id}&metric_key={Uri.EscapeDataString(key)}");
        return history.TryGetProperty("metrics", out var points)
            ?
            [
                .. points
                    .EnumerateArray()
                    .Select(p => (p.GetProperty("step").GetInt64(), p.GetProperty("value").ToString()))
                    .OrderBy(p => p),
            ]
            : [];
    }

    public async Task<int> RunsAsync(string experiment = "demand")
    {
        var found = await Server.GetAsync("experiments/get-by-name?experiment_name=" + experiment);
        var id = found.GetProperty("experiment").GetProperty("experiment_id").GetString();
        var runs = await Server.PostAsync("runs/search", new { experiment_ids = new[] { id }, max_results = 1000 });
        return runs.TryGetProperty("runs", out var list) ? list.GetArrayLength() : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private static Dictionary<string, string> Pairs(JsonElement data, string name) =>
        data.TryGetProperty(name, out var pairs)
            ? pairs
                .EnumerateArray()
                .ToDictionary(p => p.GetProperty("key").GetString()!, p => p.GetProperty("value").GetString()!)
            : [];
}

/// <summary>The network between a client and its server: whole, cut before a request, or cut before its answer.</summary>
internal sealed class Line
{
    private int _requests;

    public bool IsCut { get; set; }

    /// <summary>Whether every second request is done by the server and its answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>The kind of the next request that is done by the server and whose answer is lost.</summary>
    public HttpMethod? LosesNext { get; set; }

    /// <summary>The kind of the next request that is done by the server and whose answer comes when nobody waits for it any more.</summary>
    public HttpMethod? HoldsNext { get; set; }

    /// <summary>Ends when such a request has been done.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What else answers, where it does so.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Stranger { get; set; } = _ => null;

    /// <summary>Where requests come to, if not to where they are sent.</summary>
    public Uri? LeadsTo { get; set; }

    public HttpMessageHandler Handler() => new Cable(this);

    private sealed class Cable(Line line) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellation
        )
        {
            if (line.IsCut)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, "The line is cut.");
            }

            if (line.Stranger(request) is { } other)
            {
                return other;
            }

            if (line.LeadsTo is { } elsewhere)
            {
                request.RequestUri = new Uri(elsewhere, request.RequestUri!.PathAndQuery);
            }

            var number = Interlocked.Increment(ref line._requests);
            var answer = await base.SendAsync(request, cancellation);
            if (line.LosesNext == request.Method || (line.LosesAnswers && number % 2 == 1))
            {
                line.LosesNext = null;
                answer.Dispose();
                throw new HttpRequestException("The answer is lost.");
            }

            if (line.HoldsNext == request.Method)
            {
                line.HoldsNext = null;
                line.Held.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            return answer;
        }
    }
}

/// <summary>The disk below a spool: whole, full, or broken where it is to remember how far was sent.</summary>
internal sealed class Disk
{
    public const int MarkBytes = 19;

    /// <summary>Whether files do not grow: a write fails after half of its bytes.</summary>
    public bool IsFull { get; set; }

    public bool BreaksMarks { get; set; }

    /// <summary>The most bytes that a file may have.</summary>
    public long BytesMax { get; set; } = long.MaxValue;

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (BreaksMarks && offset == 0 && bytes.Length == MarkBytes)
        {
            throw new IOException("The disk is broken.");
        }

        if (offset + bytes.Length > BytesMax || (IsFull && offset + bytes.Length > RandomAccess.GetLength(file)))
        {
            RandomAccess.Write(file, bytes[..(bytes.Length / 2)], offset);
            throw new IOException("No space left on device.");
        }

        RandomAccess.Write(file, bytes, offset);
    }
}
