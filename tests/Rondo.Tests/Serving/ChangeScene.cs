using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Monitoring;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Serving.Changes;
using Rondo.Serving.Routing;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>Several similar endpoints that serve one model, each with a monitor of drift, and changes of their settings.</summary>
internal sealed class ChangeScene : IAsyncDisposable
{
    public const string Project = "transit";
    public const string Limit = "drift-psi.limit";

    private ChangeScene(ServingHarness serving) => Serving = serving;

    public ServingHarness Serving { get; }

    public static async Task<ChangeScene> StartAsync(int stations = 4, LineModel? model = null)
    {
        var serving = await ServingHarness.StartAsync(
            services => services.AddMonitoring(),
            app => app.MapMonitoring(),
            MonitoringModule.Schema
        );
        await serving.Get<ProjectStore>().CreateAsync(Project, Actor.Local);
        await serving.ReleaseAsync([.. Enumerable.Range(1, stations).Select(i => Manifest($"station-{i}"))]);
        await serving.RegisterAsync(model ?? new LineModel(2, 0));
        await serving.SettleAsync();
        return new ChangeScene(serving);
    }

    public static EndpointManifest Manifest(string name, double psi = 0.2, params MonitorManifest[] more) =>
        new(
            name,
            "demand",
            new RolloutPolicy([10, 50, 100], 2000, 20, 0.01, 250),
            [new MonitorManifest("drift-psi", "drift", "psi", psi, 91, 91), .. more]
        );

    public static ChangeRequest Request(string value = "0.3", string waves = "1,50%,100%", string bake = "10m") =>
        new(
            "station-*",
            null,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["drift.psi"] = value },
            waves,
            bake,
            "alert,rollback,errors",
            "quieter"
        );

    public async Task<EndpointChange> StartAsync(ChangeRequest request) =>
        (await Serving.Get<ChangePlans>().StartAsync(Project, request, new Actor("user:ada"))).Change;

    public Task<EndpointChange> UndoAsync(string change) =>
        Serving.Get<ChangePlans>().UndoAsync(Project, change, "not so", new Actor("user:bob"));

    public async Task BakeAsync(int minutes = 10)
    {
        Serving.Kernel.Time.Advance(TimeSpan.FromMinutes(minutes));
        await Serving.SettleAsync();
    }

    public async Task<EndpointChange> FindAsync(string change) =>
        (await Serving.Kernel.Database.ReadAsync(session => ChangeStore.FindAsync(session, Project, change).AsTask()))!;

    public Task<IReadOnlyList<ChangeTarget>> TargetsAsync(string change) =>
        Serving.Kernel.Database.ReadAsync(session => ChangeStore.TargetsAsync(session, change).AsTask());

    /// <summary>The limit of drift that holds at each endpoint, by name.</summary>
    public async Task<IReadOnlyList<double>> LimitsAsync() =>
        [
            .. (await Serving.Get<EndpointStore>().ListAsync(Project))
                .Where(endpoint => endpoint.Manifest is not null)
                .Select(endpoint => endpoint.Manifest!.Monitors[0].Limit),
        ];

    /// <summary>Says, as Monitoring does, that a monitor of an endpoint has raised an alert.</summary>
    public Task<long> AlertAsync(string endpoint) =>
        Serving.Kernel.Database.WriteAsync(async t =>
            await Serving.Kernel.Log.AppendAsync(
                t,
                new NewEvent(
                    RaisedAlert.EventType,
                    Project,
                    endpoint,
                    Actor.System("monitor"),
                    new RaisedAlert(endpoint, "drift-psi", 0.41, 0.3)
                )
            )
        );

    /// <summary>The loop of another server, which reaches the database its own way.</summary>
    public ChangeReconciler Server(Database database)
    {
        var kernel = Serving.Kernel;
        return new ChangeReconciler(
            database,
            new ChangeSteps(database, new SettingStore(kernel.Log), kernel.Log, kernel.Time),
            new ChangeTroubles(kernel.Log, new EndpointStore(database), Serving.Get<RoutingTable>(), kernel.Time),
            kernel.Time
        );
    }

    public async Task TurnAsync(ChangeReconciler server)
    {
        var lease = await Serving.Kernel.Leases.TryAcquireAsync(server.Name, "test", TimeSpan.FromDays(10_000));
        var turns = 100;
        while (await server.ReconcileAsync(lease!, CancellationToken.None))
        {
            Assert.True(turns-- > 0, "The loop does not end.");
        }
    }

    public async Task<IReadOnlyList<LoggedEvent>> UpdatesOfAsync(EndpointChange change) =>
        [.. (await Serving.EventsAsync("endpoint.updated")).Where(e => e.Cause == change.Position)];

    public Task<JsonElement> GetAsync(string path) => Serving.Client.GetFromJsonAsync<JsonElement>(path);

    public ValueTask DisposeAsync() => Serving.DisposeAsync();
}
