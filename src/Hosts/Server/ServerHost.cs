using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Delivery;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Reconcilers;
using Rondo.Lineage;
using Rondo.Lineage.OpenLineage;
using Rondo.Monitoring;
using Rondo.Pipelines;
using Rondo.Providers.MLNet;
using Rondo.Providers.Onnx;
using Rondo.Providers.Postgres;
using Rondo.Registry;
using Rondo.Registry.Webhooks;
using Rondo.Retention;
using Rondo.Secrets;
using Rondo.Server.Connections;
using Rondo.Server.Http;
using Rondo.Serving;
using Rondo.Tracking;

namespace Rondo.Server;

/// <summary>One running server: every module on one database, one blob store and one port.</summary>
public sealed class ServerHost : IAsyncDisposable
{
    private const long RequestBytesMax = 512L * 1024 * 1024;

    // What MLflow's clients search models by stands in the address, as long as a filter may be.
    private const int AddressBytesMax = 512 * 1024;

    private readonly WebApplication _app;
    private readonly Database _database;
    private readonly DataFolderLock _folder;

    private ServerHost(WebApplication app, Database database, DataFolderLock folder)
    {
        _app = app;
        _database = database;
        _folder = folder;
    }

    /// <summary>Where clients reach the server.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Every endpoint of the server.</summary>
    internal IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Opens the data folder, brings the tables up to date, and listens.</summary>
    public static async Task<ServerHost> StartAsync(ServerOptions options, CancellationToken cancellation = default)
    {
        var listen = options.ListenUri;
        var paths = PathsOf(options);
        var folder = DataFolderLock.Take(paths.DataFolder);
        Database? database = null;
        try
        {
            WritableFolders.Check(paths);
            database = await OpenDatabaseAsync(options, paths, cancellation);
            var app = Build(options, listen, paths, database);
            await Migrations.ApplyAsync(database, app.Services.GetServices<ModuleSchema>(), TimeProvider.System);
            await BlobStoreMark.CheckAsync(database, paths.BlobsFolder, app.Services.GetRequiredService<IdSource>());
            await RequireAdminAsync(options, app);
            Map(app);
            await ListenAsync(app, listen, cancellation);
            var host = new ServerHost(app, database, folder);
            folder.Announce(host.Address);
            return host;
        }
        catch
        {
            if (database is not null)
            {
                await database.DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs until the process is asked to end.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation = default) =>
        _app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static ServerPaths PathsOf(ServerOptions options)
    {
        var data = Path.GetFullPath(options.DataFolder);
        var shared = options.SharedFolder is { } folder ? Path.GetFullPath(folder) : data;
        return new ServerPaths(data, Path.GetFullPath(options.FeedFolder)) { SharedFolder = shared };
    }

    private static async Task<Database> OpenDatabaseAsync(
        ServerOptions options,
        ServerPaths paths,
        CancellationToken cancellation
    ) =>
        options.Database is null
            ? SqliteDatabase.Open(paths.DatabaseFile)
            : await PostgresDatabase.OpenAsync(PostgresAddress.Parse(options.Database), cancellation: cancellation);

    private static async Task ListenAsync(WebApplication app, Uri listen, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"The server cannot listen on {listen.GetLeftPart(UriPartial.Authority)}: {e.GetBaseException().Message}.",
                "Stop what listens there, or choose another address with --listen; port 0 takes any free one.",
                e
            );
        }
    }

    private static WebApplication Build(ServerOptions options, Uri listen, ServerPaths paths, Database database)
    {
        // Nothing but what is said here: no settings from the folder it is started in, and no watch on what changes there.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        if (OperatingSystem.IsLinux())
        {
            builder.Services.AddSingleton<IConnectionListenerFactory, ThreadedTransport>();
        }

        builder.Services.AddRoutingCore();
        builder.WebHost.UseUrls(listen.GetLeftPart(UriPartial.Authority));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Limits.MaxRequestLineSize = AddressBytesMax;
        });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddProvider(new FileLoggerProvider(paths.DataFolder, TimeProvider.System));
        if (options.Verbose)
        {
            builder.Logging.AddSimpleConsole();
        }

        // What a request lacks is told by ErrorMiddleware, with words; else the answer would be a bare number.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json => CopyJsonOptions(json.SerializerOptions));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(paths);
        builder.Services.AddSingleton(new ReconcilerOptions { Lease = options.Lease });
        var pipelines = PipelinesOptions.FromEnvironment(Environment.GetEnvironmentVariable);
        builder.Services.AddSingleton(pipelines with { AttemptLease = options.Lease });
        builder.Services.AddKernel(database, new FolderBlobStore(paths.BlobsFolder));
        AddModules(builder.Services);
        return builder.Build();
    }

    private static void AddModules(IServiceCollection services)
    {
        services.AddSingleton(RetentionOptions.FromEnvironment(Environment.GetEnvironmentVariable));
        services.AddRetention();
        services.AddSecrets();
        services.AddLineage();
        services.AddOpenLineage(OpenLineageOptions.FromEnvironment(Environment.GetEnvironmentVariable));
        services.AddDatasets();
        services.AddRegistry();
        services.AddClientLineage();
        services.AddSingleton(WebhookOptions.FromEnvironment(Environment.GetEnvironmentVariable)).AddModelWebhooks();
        services.AddSingleton(TrackingOptions.FromEnvironment(Environment.GetEnvironmentVariable));
        services.AddTracking();
        services.AddPipelines();
        services.AddTrackedRuns();
        services.AddDelivery();
        services.AddServing();
        services.AddMonitoring();
        services.AddMLNet();
        services.AddOnnx();
    }

    private static void Map(WebApplication app)
    {
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<CallerMiddleware>();
        app.UseAccess();
        app.MapServer();
        AccessEndpoints.Map(app);
        app.MapRetention();
        app.MapSecrets();
        app.MapLineage();
        app.MapDatasets();
        app.MapRegistry();
        app.MapTracking();
        app.MapPipelines();
        app.MapDelivery();
        app.MapServing();
        app.MapMonitoring();
    }

    private static void CopyJsonOptions(System.Text.Json.JsonSerializerOptions target)
    {
        var source = RondoJson.Options;
        target.PropertyNamingPolicy = source.PropertyNamingPolicy;
        target.NumberHandling = source.NumberHandling;
        target.Encoder = source.Encoder;
        target.DefaultIgnoreCondition = source.DefaultIgnoreCondition;
        foreach (var converter in source.Converters)
        {
            target.Converters.Add(converter);
        }
    }

    private static async Task RequireAdminAsync(ServerOptions options, WebApplication app)
    {
        if (!options.LoopbackOnly && !await app.Services.GetRequiredService<GrantStore>().HasAdminAsync())
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{options.Listen} can be reached from other machines, and this server has no admin's credential yet.",
                "Start it on loopback, make one with 'rondo credentials create NAME --role admin', and start it again."
            );
        }
    }
}
