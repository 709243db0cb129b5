using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Transfer;

namespace Rondo.Tests.Tracking.Import;

/// <summary>A server, a folder with an MLflow beside it, and the import of one into the other as the command does it.</summary>
internal sealed class ImportHarness : IAsyncDisposable
{
    private readonly RondoApi _api;

    private ImportHarness(TrackingHarness server)
    {
        Server = server;
        _api = new RondoApi(server.Address, token: null);
        Folder = Path.Combine(server.Kernel.Folder, "elsewhere");
        Directory.CreateDirectory(Path.Combine(Folder, "mlartifacts"));
    }

    public TrackingHarness Server { get; }
    public string Folder { get; }
    public string File => Path.Combine(Folder, "mlflow.db");
    public string Artifacts => Path.Combine(Folder, "mlartifacts");

    public static async Task<ImportHarness> StartAsync() => new(await TrackingHarness.StartAsync());

    public Task<TransferAnswer> ImportAsync(string? source = null, params string[] experiments) =>
        ImportAsync(source ?? File, Artifacts, dryRun: false, experiments);

    public async Task<TransferAnswer> ImportAsync(
        string source,
        string? artifacts,
        bool dryRun,
        params string[] experiments
    )
    {
        await using var opened = await TransferSources.OpenAsync(
            source,
            artifacts,
            experiments,
            CancellationToken.None
        );
        return await TrackingTransfer.RunAsync(opened, dryRun ? null : _api, _ => { }, CancellationToken.None);
    }

    public Task<IReadOnlyDictionary<string, long>> ExportAsync(string experiment, string file) =>
        new ExperimentExport(_api, _ => { }).WriteAsync(experiment, file, CancellationToken.None);

    /// <summary>All that a server tells of an experiment, without the addresses of its own files.</summary>
    public async Task<string[]> RecordsAsync(string experiment)
    {
        var text = await Server.Client.GetStringAsync(
            "/api/v1/tracking/export?experiment=" + Uri.EscapeDataString(experiment)
        );
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line =>
                {
                    var record = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!;
                    record.Remove("artifactUri");
                    record.Remove("artifactLocation");
                    return JsonSerializer.Serialize(record);
                }),
        ];
    }

    public async Task<JsonElement> RunAsync(string id) =>
        (await Server.GetAsync("runs/get?run_id=" + id)).GetProperty("run");

    public async Task<JsonElement> VersionAsync(int version) =>
        (await Server.GetAsync($"model-versions/get?name=price&version={version}")).GetProperty("model_version");

    public async Task<JsonElement> ExperimentAsync(string name) =>
        (await Server.GetAsync("experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(name))).GetProperty(
            "experiment"
        );

    public static Dictionary<string, string> Pairs(JsonElement of, string name) =>
        of.TryGetProperty(name, out var pairs)
            ? pairs
                .EnumerateArray()
                .ToDictionary(
                    pair => pair.GetProperty("key").GetString()!,
                    pair => pair.GetProperty("value").ToString()
                )
            : [];

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await Server.DisposeAsync();
    }
}
