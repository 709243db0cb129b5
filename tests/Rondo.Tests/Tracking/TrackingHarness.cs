using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Projects;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage;
using Rondo.Registry;
using Rondo.Registry.Webhooks;
using Rondo.Secrets;
using Rondo.Secrets.Keys;
using Rondo.Tests.Kernel;
using Rondo.Tracking;

namespace Rondo.Tests.Tracking;

/// <summary>Tracking and registry on a real web server and a real database, on a clock that the test moves.</summary>
public sealed class TrackingHarness : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TrackingHarness(TestKernel kernel, WebApplication app)
    {
        Kernel = kernel;
        _app = app;
        Client = new HttpClient { BaseAddress = Address };
    }

    /// <summary>Who sends the requests.</summary>
    public Caller Caller { get; set; } = Caller.Local;

    public TestKernel Kernel { get; }
    public HttpClient Client { get; }
    public Uri Address => new(_app.Urls.First());

    public static async Task<TrackingHarness> StartAsync(
        TrackingOptions? options = null,
        WebhookOptions? webhooks = null,
        string postgresOptions = ""
    )
    {
        var kernel = await TestKernel.StartAsync(
            postgresOptions,
            [SecretsModule.Schema, LineageModule.Schema, TrackingModule.Schema, RegistryModule.Schema]
        );
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(kernel.Time);
        builder.Services.AddSingleton(kernel.Database);
        builder.Services.AddSingleton(kernel.Ids);
        builder.Services.AddSingleton<IBlobStore>(kernel.Blobs);
        builder.Services.AddSingleton(kernel.Log);
        builder.Services.AddSingleton(new ServerPaths(kernel.Folder, kernel.Folder));
        builder.Services.AddSingleton(options ?? new TrackingOptions());
        builder.Services.AddSingleton<ProjectStore>();
        builder.Services.AddSingleton(webhooks ?? new WebhookOptions());
        builder.Services.AddSecrets().AddLineage().AddTracking().AddRegistry().AddClientLineage().AddModelWebhooks();
        // The key is that of this server's folder, whatever the environment of the tests says.
        builder.Services.AddSingleton(new SecretKeys(new ServerPaths(kernel.Folder, kernel.Folder), null));
        var app = builder.Build();
        TrackingHarness? harness = null;
        app.Use(
            async (context, next) =>
            {
                context.SetCaller(harness!.Caller);
                try
                {
                    await next(context);
                }
                catch (RondoException e) when (e.Code is ErrorCode.InvalidArgument)
                {
                    context.Response.StatusCode = 400;
                    await context.Response.WriteAsJsonAsync(new { title = e.What, detail = e.Mend });
                }
                catch (Exception e) when (e is not OperationCanceledException && !context.Response.HasStarted)
                {
                    // A test that fails says why.
                    context.Response.StatusCode = 500;
                    await context.Response.WriteAsync(e.ToString());
                }
            }
        );
        app.UseAccess();
        app.MapTracking();
        app.MapRegistry();
        await app.StartAsync();
        harness = new TrackingHarness(kernel, app);
        return harness;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Lets webhooks be told: what was written down by events, and then what waits.</summary>
    public async Task TurnAsync(CancellationToken cancellation = default)
    {
        foreach (var reconciler in _app.Services.GetServices<Reconciler>().Where(r => r.Name.Contains("webhooks")))
        {
            var lease = await Kernel.Leases.TryAcquireAsync(reconciler.Name, "test", TimeSpan.FromDays(1000));
            await reconciler.ReconcileAsync(lease!, cancellation);
        }
    }

    /// <summary>Posts a body as it stands; returns status and answer as they stand.</summary>
    public async Task<(HttpStatusCode Status, string Body)> SendAsync(
        string method,
        string path,
        string? body = null,
        string type = "application/json"
    )
    {
        var address = path.StartsWith('/') ? path : "/api/2.0/mlflow/" + path;
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
        }

        using var response = await Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Posts what must succeed.</summary>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        var (status, answer) = await SendAsync("POST", path, JsonSerializer.Serialize(body));
        Assert.True(status == HttpStatusCode.OK, $"{path}: {answer}");
        return JsonElement.Parse(answer);
    }

    /// <summary>Asks for what must be there.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, answer) = await SendAsync("GET", path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {answer}");
        return JsonElement.Parse(answer);
    }

    /// <summary>Creates a run and returns its id.</summary>
    public async Task<string> NewRunAsync(string name = "run", string experiment = "0", long startTime = 1000)
    {
        var made = await PostAsync(
            "runs/create",
            new
            {
                experiment_id = experiment,
                user_id = "ann",
                start_time = startTime,
                run_name = name,
            }
        );
        return made.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
    }

    /// <summary>Creates an experiment whose files are at a place that an earlier server has taken; returns its id.</summary>
    public async Task<string> ExperimentAtAsync(string location)
    {
        var made = await PostAsync("experiments/create", new { name = "at " + location });
        var id = made.GetProperty("experiment_id").GetString()!;
        await Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update tracking_experiment set artifact_location = @location where id = @id",
                new { location, id = long.Parse(id, CultureInfo.InvariantCulture) }
            )
        );
        return id;
    }

    /// <summary>What a statement that counts rows counts.</summary>
    public Task<long> CountAsync(string sql) =>
        Kernel.Database.ReadAsync(async session => await session.ScalarAsync<long>(sql, new { }));

    /// <summary>The names of the runs that a search finds, in its order.</summary>
    public async Task<string[]> FindAsync(string filter, params string[] orderBy)
    {
        var found = await PostAsync(
            "runs/search",
            new
            {
                experiment_ids = new[] { "0" },
                filter,
                order_by = orderBy,
            }
        );
        return found.TryGetProperty("runs", out var runs)
            ? [.. runs.EnumerateArray().Select(run => run.GetProperty("info").GetProperty("run_name").GetString()!)]
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Kernel.DisposeAsync();
    }
}
