using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Delivery;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Secrets;
using Rondo.Secrets.Keys;

namespace Rondo.Tests.Delivery;

/// <summary>A real server on loopback with the modules that delivering needs, in a folder of its own.</summary>
public sealed class DeliveryServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SqliteDatabase _database;

    private DeliveryServer(string folder, SqliteDatabase database, WebApplication app)
    {
        Folder = folder;
        _database = database;
        _app = app;
    }

    public string Folder { get; }
    public Uri Address => new(_app.Urls.First());
    public HttpClient Client { get; } = new();

    /// <summary>Starts with project <c>transit</c>; with the loops at rest a test takes their steps itself.</summary>
    public static async Task<DeliveryServer> StartAsync(bool loops = true)
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        var paths = new ServerPaths(Path.Combine(folder, "data"), Path.Combine(folder, "feed"));
        Directory.CreateDirectory(paths.FeedFolder);
        var database = SqliteDatabase.Open(paths.DatabaseFile);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(paths);
        builder.Services.AddKernel(database, new FolderBlobStore(paths.BlobsFolder));
        builder.Services.AddSecrets().AddLineage().AddDatasets().AddRegistry().AddPipelines().AddDelivery();
        builder.Services.AddSingleton(provider => new SecretKeys(provider.GetRequiredService<ServerPaths>(), null));
        if (!loops)
        {
            var hosted = builder.Services.Where(s =>
                s.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService)
            );
            hosted.ToList().ForEach(service => builder.Services.Remove(service));
        }

        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in RondoJson.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        var app = builder.Build();
        app.Use(AnswerErrorsAsync);
        app.MapDatasets();
        app.MapDelivery();
        await Migrations.ApplyAsync(database, app.Services.GetServices<ModuleSchema>(), TimeProvider.System);
        await app.StartAsync();
        var server = new DeliveryServer(folder, database, app);
        await server.Get<ProjectStore>().CreateAsync("transit", Actor.Local);
        return server;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>All events so far of a type (or types, <c>build.*</c>).</summary>
    public Task<IReadOnlyList<LoggedEvent>> EventsAsync(string type) =>
        Get<EventLog>().ReadAsync(0, 1000, new EventFilter(Type: type));

    /// <summary>Waits for an event.</summary>
    public async Task<LoggedEvent> EventAsync(string type, Func<LoggedEvent, bool> wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var listener = Get<EventLog>().Listen(_ => true);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            listener.Forget();
            if ((await EventsAsync(type)).FirstOrDefault(wanted) is { } found)
            {
                return found;
            }

            await listener.WaitAsync(TimeSpan.FromSeconds(5), limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task AnswerErrorsAsync(HttpContext context, RequestDelegate next)
    {
        context.SetCaller(Caller.Local);
        try
        {
            await next(context);
        }
        catch (RondoException e) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = e.Code == ErrorCode.NotFound ? 404 : 400;
            await context.Response.WriteAsync(e.Message);
        }
    }
}
