using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Serving.Models;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>Serving on a real web server and a real database; the test moves the clock and turns the reconcilers.</summary>
public sealed class ServingHarness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _runs;

    private ServingHarness(TestKernel kernel, WebApplication app)
    {
        Kernel = kernel;
        _app = app;
        Registry = app.Services.GetRequiredService<ModelRegistry>();
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public TestKernel Kernel { get; }
    public ModelRegistry Registry { get; }
    public HttpClient Client { get; }
    public LineRuntime Lines => (LineRuntime)_app.Services.GetServices<IModelRuntime>().First();

    public static async Task<ServingHarness> StartAsync(
        Action<IServiceCollection>? configure = null,
        Action<WebApplication>? map = null,
        params ModuleSchema[] more
    ) =>
        await StartAsync(
            await TestKernel.StartAsync([RegistryModule.Schema, ServingModule.Schema, .. more]),
            configure,
            map
        );

    /// <summary>A server on a kernel that may have served before.</summary>
    public static async Task<ServingHarness> StartAsync(
        TestKernel kernel,
        Action<IServiceCollection>? configure = null,
        Action<WebApplication>? map = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var services = builder.Services;
        services.AddSingleton<TimeProvider>(kernel.Time);
        services.AddSingleton(kernel.Database);
        services.AddSingleton<IBlobStore>(kernel.Blobs);
        services.AddSingleton(kernel.Ids);
        services.AddSingleton(kernel.Log);
        services.AddSingleton(kernel.Leases);
        services.AddSingleton<Rondo.Kernel.Projects.ProjectStore>();
        services.AddSingleton(new ServerPaths(kernel.Folder, kernel.Folder));
        services.AddSingleton<IModelRuntime, LineRuntime>();
        services.AddRegistry().AddServing();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = RondoJson.Options.NumberHandling;
            foreach (var converter in RondoJson.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        configure?.Invoke(services);
        var app = builder.Build();
        app.Use(
            (context, next) =>
            {
                context.SetCaller(Caller.Local);
                return next(context);
            }
        );
        app.UseAccess();
        app.MapRegistry();
        app.MapServing();
        map?.Invoke(app);
        await app.StartAsync();
        return new ServingHarness(kernel, app);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Registers a version as a run in production would.</summary>
    public async Task<ModelVersion> RegisterAsync(
        LineModel line,
        ModelSignature? signature = null,
        TableSchema? schema = null,
        bool needsApproval = false
    )
    {
        var proposal = (await TestModels.ProposeAsync(Kernel.Blobs, line, signature)) with
        {
            Schema = schema,
            NeedsApproval = needsApproval,
        };
        var origin = TestModels.Origin($"run-{++_runs}");
        return await Kernel.Database.WriteAsync(t => Registry.RegisterAsync(t, origin, proposal).AsTask());
    }

    /// <summary>Declares endpoints as a release to production would.</summary>
    public Task ReleaseAsync(params EndpointManifest[] endpoints) =>
        Kernel.Database.WriteAsync(async t =>
            await Kernel.Log.AppendAsync(
                t,
                new NewEvent(
                    "release.deployed",
                    "transit",
                    "package",
                    Actor.Local,
                    new
                    {
                        environment = "production",
                        package = "package",
                        commit = "c0ffee",
                        endpoints,
                    }
                )
            )
        );

    public static EndpointManifest Manifest(RolloutPolicy? policy = null, params MonitorManifest[] monitors) =>
        new("line", "demand", policy ?? new RolloutPolicy([10, 50, 100], 2000, 20, 0.01, 250), monitors);

    /// <summary>Turns every reconciler until none has anything more to do at this moment.</summary>
    public async Task SettleAsync()
    {
        var again = true;
        while (again)
        {
            again = false;
            foreach (var reconciler in _app.Services.GetServices<Reconciler>())
            {
                var lease = await Kernel.Leases.TryAcquireAsync(reconciler.Name, "test", TimeSpan.FromDays(10_000));
                again |= await reconciler.ReconcileAsync(lease!, CancellationToken.None);
            }
        }
    }

    public async Task<long> PendingAsync()
    {
        var pending = 0L;
        foreach (var reconciler in _app.Services.GetServices<Reconciler>())
        {
            pending += await reconciler.PendingAsync();
        }

        return pending;
    }

    public Task<HttpResponseMessage> InferAsync(
        double x,
        string? id = null,
        string? eventTime = null,
        string endpoint = "line",
        string kind = "Ordinary"
    ) =>
        Client.PostAsJsonAsync(
            $"/v2/models/{endpoint}/infer",
            new
            {
                id,
                parameters = new { event_time = eventTime ?? "2024-01-01" },
                inputs = new object[]
                {
                    new
                    {
                        name = "x",
                        shape = new[] { 1 },
                        datatype = "FP32",
                        data = new[] { x },
                    },
                    new
                    {
                        name = "kind",
                        shape = new[] { 1 },
                        datatype = "BYTES",
                        data = new[] { kind },
                    },
                },
            },
            s_withoutNulls
        );

    public async Task<(string Version, double Value)> AnswerAsync(double x)
    {
        var response = await InferAsync(x);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (
            body.GetProperty("model_version").GetString()!,
            body.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble()
        );
    }

    public async Task<IReadOnlyList<LoggedEvent>> EventsAsync(string type) =>
        await Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: type));

    /// <summary>Stops the web server only: the kernel can serve again.</summary>
    public async Task StopAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Kernel.DisposeAsync();
    }

    private static readonly JsonSerializerOptions s_withoutNulls = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}
