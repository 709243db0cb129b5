using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>A real server process on a free loopback port, with its data in a folder that outlives it: it can be killed and started again.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(240);

    private readonly bool _ownsFolder;
    private readonly ServerSetting _setting;
    private Process _process;

    private RunningServer(string folder, bool ownsFolder, ServerSetting setting)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        _setting = setting;
        _process = Launch();
    }

    /// <summary>The folder that the server was started in; its data is in <c>.rondo</c> below it.</summary>
    public string Folder { get; }

    public HttpClient Http { get; private set; } = new();

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a server in a folder, or in one of its own; with an embedded database, or on one that servers share.</summary>
    public static Task<RunningServer> StartAsync(string? folder = null, SharedState? shared = null) =>
        StartAsync(folder, shared is null ? ServerSetting.Usual : new(shared.Environment, shared.Arguments));

    public static async Task<RunningServer> StartAsync(string? folder, ServerSetting setting)
    {
        // The first call may build; that is not the server's start.
        Assert.Equal(0, (await Shell.RondoAsync(Checkout.Root, "--version")).ExitCode);
        var own = folder ?? Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var server = new RunningServer(own, folder is null, setting);
        try
        {
            await server.ConnectAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the process as a power cut would: no handler of it runs.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops the process where it stands, as a paused machine would: it neither runs nor ends.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Starts the server again on the same folder.</summary>
    public Task RestartAsync()
    {
        File.Delete(Path.Combine(Folder, ".rondo", "server.json"));
        _process = Launch();
        return ConnectAsync();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var response = await Http.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        var response = await Http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"POST {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> PushFileAsync(string path, string content)
    {
        var response = await Http.PostAsync(path, new StringContent(content, Encoding.UTF8));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"POST {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>All events so far, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync() =>
        [.. (await GetAsync("/api/v1/events?limit=1000")).GetProperty("items").EnumerateArray()];

    /// <summary>Asks until the answer fits, and fails with the last answer when it never does.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> fits, int timeoutSeconds = 300)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = await GetAsync(path);
            if (fits(answer))
            {
                return answer;
            }

            Assert.True(clock.Elapsed.TotalSeconds < timeoutSeconds, $"{path} stayed at {answer.GetRawText()}");
            await WaitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    // Another process has no signal to wait for: it is asked again.
    private static Task WaitAsync() => Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);

    private Process Launch()
    {
        var process = Shell.Start(
            Folder,
            _setting.Environment,
            "dotnet",
            [
                Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll"),
                "up",
                "--listen",
                "http://127.0.0.1:0",
                .. _setting.Arguments,
            ]
        );
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task SignalAsync(string signal)
    {
        var sent = await Shell.RunAsync(Folder, "kill", "-" + signal, FormattableString.Invariant($"{_process.Id}"));
        Assert.True(sent.ExitCode == 0, sent.ToString());
    }

    private async Task ConnectAsync()
    {
        var announcement = Path.Combine(Folder, ".rondo", "server.json");
        var clock = Stopwatch.StartNew();
        while (!File.Exists(announcement))
        {
            Assert.False(_process.HasExited, "The server ended before it listened.");
            Assert.True(clock.Elapsed < s_startTimeout, "The server did not start.");
            await WaitAsync();
        }

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(announcement));
        Http = new HttpClient
        {
            BaseAddress = new Uri(json.RootElement.GetProperty("url").GetString()!),
            Timeout = TimeSpan.FromMinutes(5),
        };
    }
}
