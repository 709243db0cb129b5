using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Conformance;
using Rondo.Server;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Access;

/// <summary>The whole server as it runs, on a folder and a database of its own, with users who have roles.</summary>
public sealed class AccessServer : IAsyncLifetime
{
    private readonly List<ServerHost> _hosts = [];
    private readonly List<HttpClient> _clients = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
    private string? _database;
    private int _names;

    /// <summary>The local user.</summary>
    public AccessUser Local { get; private set; } = null!;

    internal IReadOnlyList<Endpoint> Endpoints => _hosts[0].Endpoints;

    public async ValueTask InitializeAsync()
    {
        _database = TestKernel.OnPostgres ? await (await PostgresCluster.SharedAsync()).NewSchemaAsync() : null;
        Local = new AccessUser("local", await ListenAsync());
        // Whoever is the first is an admin: let it be one that no test is about.
        await Local.PostAsync("/api/v1/credentials", new { name = "root" });
        await Local.PostAsync("/api/v1/projects", new { name = "transit" });
        await Local.PostAsync("/api/v1/projects", new { name = "secret-lab" });
    }

    /// <summary>Another server on the same database, and how the local user reaches it.</summary>
    public async Task<AccessUser> SecondAsync() => new("local", await ListenAsync());

    /// <summary>A new user with a role at a place.</summary>
    public async Task<AccessUser> UserAsync(
        string? role = null,
        string? project = null,
        string? folder = null,
        string? name = null
    )
    {
        name ??= $"user-{Interlocked.Increment(ref _names)}";
        var made = await Local.PostAsync(
            "/api/v1/credentials",
            new
            {
                name,
                role,
                project,
                folder,
            }
        );
        return As(name, made.GetProperty("token").GetString()!, Local);
    }

    /// <summary>The same token at a server.</summary>
    public AccessUser As(string name, string token, AccessUser server)
    {
        var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return new AccessUser(name, client);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<HttpClient> ListenAsync()
    {
        var number = _hosts.Count;
        var host = await ServerHost.StartAsync(
            new ServerOptions
            {
                DataFolder = Path.Combine(_folder, $"data-{number}"),
                SharedFolder = Path.Combine(_folder, "shared"),
                FeedFolder = Path.Combine(_folder, "feed"),
                Database = _database,
                Listen = "http://127.0.0.1:0",
            }
        );
        _hosts.Add(host);
        var client = new HttpClient { BaseAddress = host.Address };
        _clients.Add(client);
        return client;
    }
}

/// <summary>One user at one server.</summary>
public sealed record AccessUser(string Name, HttpClient Client)
{
    public string Token => Client.DefaultRequestHeaders.Authorization!.Parameter!;

    /// <summary>Sends what may be refused.</summary>
    public async Task<(HttpStatusCode Status, string Body)> SendAsync(
        string method,
        string path,
        object? body = null,
        string type = "application/json"
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), AddressOf(path));
        if (body is not null)
        {
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, type);
        }

        using var response = await Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Posts what must succeed.</summary>
    public Task<JsonElement> PostAsync(string path, object body) => DoneAsync("POST", path, body);

    /// <summary>Asks for what must be there.</summary>
    public Task<JsonElement> GetAsync(string path) => DoneAsync("GET", path, null);

    /// <summary>Makes an experiment and returns its id.</summary>
    public async Task<string> ExperimentAsync(string name) =>
        (await PostAsync("experiments/create", new { name })).GetProperty("experiment_id").GetString()!;

    /// <summary>Makes a run and returns its id.</summary>
    public async Task<string> RunAsync(string experiment) =>
        (await PostAsync("runs/create", new { experiment_id = experiment, start_time = 1 }))
            .GetProperty("run")
            .GetProperty("info")
            .GetProperty("run_id")
            .GetString()!;

    /// <summary>Refused with 403, in the shape that clients of MLflow know where it is one of their routes.</summary>
    public async Task RefusedAsync(string method, string path, object? body = null)
    {
        var (status, answer) = await SendAsync(method, path, body);
        Assert.True(status == HttpStatusCode.Forbidden, $"{method} {path}: {status} {answer}");
        if (AddressOf(path).Contains(".0/mlflow", StringComparison.Ordinal))
        {
            Assert.Equal("PERMISSION_DENIED", JsonElement.Parse(answer).GetProperty("error_code").GetString());
        }
    }

    private async Task<JsonElement> DoneAsync(string method, string path, object? body)
    {
        var (status, answer) = await SendAsync(method, path, body);
        Assert.True((int)status is >= 200 and < 300, $"{method} {path}: {status} {answer}");
        return answer.Length == 0 ? default : JsonElement.Parse(answer);
    }

    private static string AddressOf(string path) => path.StartsWith('/') ? path : "/api/2.0/mlflow/" + path;
}
