using System.Net;
using System.Net.Http.Headers;

namespace Rondo.EndToEnd;

public sealed class ServerTests
{
    [Fact]
    [Trait("Requirement", "R249")]
    public async Task Another_address_than_loopback_is_refused_until_there_is_a_credential_and_then_asks_for_it()
    {
        await using var server = await RunningServer.StartAsync();
        var made = await Shell.RondoAsync(server.Folder, "credentials", "create", "ada", "--output", "json");
        Assert.Equal(0, made.ExitCode);
        var token = System.Text.Json.JsonDocument.Parse(made.Out).RootElement.GetProperty("token").GetString()!;

        var other = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var refused = await Shell.RondoAsync(other, "up", "--listen", "http://0.0.0.0:0");
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("credentials create", refused.Error);
        Directory.Delete(other, recursive: true);

        await server.KillAsync();
        using var open = Shell.Start(
            server.Folder,
            "dotnet",
            Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll"),
            "up",
            "--listen",
            "http://0.0.0.0:0"
        );
        try
        {
            var line = await open.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var port = System.Text.RegularExpressions.Regex.Match(line ?? "", @":(\d+)").Groups[1].Value;
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            var without = await http.GetAsync("/api/v1/status");
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var with = await http.GetAsync("/api/v1/status");
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token + "0");
            var wrong = await http.GetAsync("/api/v1/status");
            Assert.Equal(
                (HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Unauthorized),
                (without.StatusCode, with.StatusCode, wrong.StatusCode)
            );
        }
        finally
        {
            open.Kill();
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    // A name of two addresses, the other one of which is free.
    [InlineData("localhost")]
    public async Task Where_another_server_listens_it_does_not_start(string host)
    {
        await using var server = await RunningServer.StartAsync();
        var other = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;

        var refused = await Shell.RondoAsync(other, "up", "--listen", $"http://{host}:{server.Http.BaseAddress!.Port}");

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("cannot listen on", refused.Error);
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public async Task Its_first_connections_have_threads_of_their_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere connections are the library's.");
        await using var server = await RunningServer.StartAsync();
        await server.GetAsync("/api/v1/status");

        var threads = Directory
            .GetDirectories($"/proc/{server.ProcessId}/task")
            .Select(thread => File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd());

        Assert.Contains("Connection", threads);
    }

    [Fact]
    public async Task A_page_of_another_origin_cannot_act_as_the_local_user()
    {
        await using var server = await RunningServer.StartAsync();

        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
        rebound.Headers.Host = "evil.example";
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
        foreign.Headers.Add("Origin", "http://evil.example");

        Assert.Equal(HttpStatusCode.Forbidden, (await server.Http.SendAsync(rebound)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Http.SendAsync(foreign)).StatusCode);
    }

    [Fact]
    [Trait("Requirement", "R115")]
    public async Task Every_change_of_state_names_who_made_it()
    {
        await using var server = await RunningServer.StartAsync();
        var created = await Shell.RondoAsync(server.Folder, "projects", "create", "p1");
        var again = await Shell.RondoAsync(server.Folder, "projects", "create", "p1");
        var wrong = await Shell.RondoAsync(server.Folder, "projects", "create", "../p1");

        Assert.Equal((0, 4, 2), (created.ExitCode, again.ExitCode, wrong.ExitCode));
        var change = Assert.Single(await server.EventsAsync());
        Assert.Equal("project.created", change.GetProperty("type").GetString());
        Assert.Equal("local", change.GetProperty("actor").GetString());
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused()
    {
        await using var server = await RunningServer.StartAsync();

        var second = await Shell.RondoAsync(server.Folder, "up", "--listen", "http://127.0.0.1:0");

        Assert.Equal(4, second.ExitCode);
        Assert.Contains("--data", second.Error);
    }

    [Fact]
    public async Task A_server_started_by_another_program_ends_when_that_one_dies()
    {
        Assert.Equal(0, (await Shell.RondoAsync(Checkout.Root, "--version")).ExitCode);
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        using var server = Shell.Start(
            folder,
            "dotnet",
            Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll"),
            "up",
            "--listen",
            "http://127.0.0.1:0",
            "--end-with-input"
        );
        var line = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Contains("listens", line);
        Assert.False(server.HasExited);

        server.StandardInput.Close();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(240));
        await server.WaitForExitAsync(limit.Token);
        Assert.Equal(0, server.ExitCode);
        Assert.False(File.Exists(Path.Combine(folder, ".rondo", "server.json")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_server_takes_no_settings_from_the_folder_it_is_started_in_and_watches_nothing_there()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "appsettings.json"),
            "{ no settings",
            TestContext.Current.CancellationToken
        );

        await using (var server = await RunningServer.StartAsync(folder))
        {
            var watches = Directory.GetFiles($"/proc/{server.ProcessId}/fdinfo").Where(IsWatch);
            Assert.Empty(watches);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static bool IsWatch(string descriptor)
    {
        try
        {
            return File.ReadAllText(descriptor).Contains("inotify", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It was closed meanwhile.
            return false;
        }
    }

    [Fact]
    public async Task A_command_without_a_server_says_how_to_start_one()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;

        var status = await Shell.RondoAsync(folder, "status");

        Assert.Equal(5, status.ExitCode);
        Assert.Contains("rondo up", status.Error);
        Directory.Delete(folder, recursive: true);
    }
}
