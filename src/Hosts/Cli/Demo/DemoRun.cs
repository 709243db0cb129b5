using System.Diagnostics;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Demo;

/// <summary>Drives the loop from outside, as a team and its users would: Git, HTTP, and a client in a process of its own.</summary>
internal sealed class DemoRun(DemoPlan plan, DemoServer server, Screen screen, TimeProvider time)
{
    private static readonly TimeSpan s_buildTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_stepTimeout = TimeSpan.FromMinutes(2);

    private readonly RondoApi _api = server.Api;
    private readonly long _started = time.GetTimestamp();
    private readonly DemoEvents _events = new(server.Api, screen, time);

    public async Task<DemoReport> RunAsync(CancellationToken cancellation)
    {
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var follow = _events.FollowAsync(following.Token);
        try
        {
            var refused = await DeliverAsync(cancellation);
            await TrainAsync(cancellation);
            var client = await ReplayAsync(cancellation);
            await SettleAsync(cancellation);
            Say("What happened");
            return await new DemoFindings(_api, _events, plan).CollectAsync(
                new DemoOutside(refused, client, time.GetElapsedTime(_started)),
                cancellation
            );
        }
        finally
        {
            await following.CancelAsync();
            await Quietly(follow);
        }
    }

    private async Task<DemoPush> DeliverAsync(CancellationToken cancellation)
    {
        Say("CI and CD: push the example with git; the server builds, tests, packages and releases it");
        await _api.PostAsync("/api/v1/projects", new { name = DemoPlan.Project }, cancellation);
        var repository = new DemoRepository(
            Path.Combine(plan.Folder, "transit"),
            _api.Address,
            line => screen.Progress($"  [grey]{line}[/]")
        );
        await repository.CreateAsync(plan.Example, cancellation);
        var push = await repository.PushAsync(cancellation);
        if (push.ExitCode != 0)
        {
            throw new RondoException(ErrorCode.Internal, "The server did not take the example:\n" + push.Error.Trim());
        }

        await WaitForEventAsync(
            "the release to production",
            "release.deployed",
            "production",
            s_buildTimeout,
            cancellation
        );
        Say("CI: a second push, whose test fails, is refused and changes nothing");
        var before = await repository.RemoteCommitAsync(cancellation);
        await repository.WriteAsync(
            "tests/Demand.Tests/BrokenTests.cs",
            """
            namespace Demand.Tests;

            public sealed class BrokenTests
            {
                [Xunit.Fact]
                public void A_week_has_eight_days() => Xunit.Assert.Equal(8, System.Enum.GetValues<System.DayOfWeek>().Length);
            }
            """,
            cancellation
        );
        var commit = await repository.CommitAsync("Count the days of the week again", cancellation);
        var second = await repository.PushAsync(cancellation);
        await repository.UndoAsync(cancellation);
        return new DemoPush(
            commit,
            second.ExitCode,
            ReasonIn(second.Error),
            before,
            await repository.RemoteCommitAsync(cancellation)
        );
    }

    private async Task TrainAsync(CancellationToken cancellation)
    {
        Say("Train and serve: four years of counts arrive; the deployed pipeline starts by itself");
        var first = Path.Combine(plan.Folder, "days-2001-2004.csv");
        await WriteDaysAsync(first, before: DemoPlan.FirstReplayedDay, cancellation);
        await _api.PostFileAsync(
            $"/api/v1/projects/{DemoPlan.Project}/datasets/{DemoPlan.Dataset}/files/days-2001-2004.csv?environment=production",
            first,
            cancellation
        );
        await _events.WaitForAsync(
            "the first model serves",
            e => e.Text("type") == "rollout.completed" && e.Text("data.endpoint") == DemoPlan.Endpoint,
            s_stepTimeout,
            cancellation
        );
        await _api.PostAsync(
            "/api/v1/endpoints",
            new
            {
                name = DemoPlan.FrozenEndpoint,
                project = DemoPlan.Project,
                model = DemoPlan.Model,
                version = 1,
            },
            cancellation
        );
    }

    private async Task<JsonElement> ReplayAsync(CancellationToken cancellation)
    {
        Say("Live: a client of its own asks day by day; each true count arrives three days after its prediction");
        var replay = Path.Combine(plan.Folder, "transit", "src", "Replay");
        var output = Path.Combine(plan.Folder, "replay");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RestoreAdditionalProjectSources"] = Commands.UpCommand.FeedFolder,
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_NOLOGO"] = "1",
        };
        string[] words = ["build", replay, "-c", "Release", "-o", output, "-v", "quiet"];
        var program = new DemoProgram("dotnet", words, plan.Folder) { Environment = environment };
        var build = await program.RunAsync(onErrorLine: null, cancellation);
        if (build.ExitCode != 0)
        {
            throw new RondoException(
                ErrorCode.Internal,
                "The replay client could not be built:\n" + build.Out + build.Error
            );
        }

        string[] arguments =
        [
            Path.Combine(output, "Replay.dll"),
            "--server",
            _api.Address.ToString().TrimEnd('/'),
            "--project",
            DemoPlan.Project,
            "--data",
            plan.Data,
            "--endpoint",
            DemoPlan.Endpoint,
            "--also",
            DemoPlan.FrozenEndpoint,
            "--from",
            DemoPlan.FirstReplayedDay,
            "--to",
            plan.Until,
            "--break-period",
            DemoPlan.BrokenPeriod,
            "--output",
            "json",
        ];
        var client = await new DemoProgram("dotnet", arguments, plan.Folder).RunAsync(
            line => screen.Progress($"  {line}"),
            cancellation
        );
        return client.ExitCode == 0
            ? JsonDocument.Parse(client.Out).RootElement
            : throw new RondoException(ErrorCode.Internal, "The replay client failed:\n" + client.Error.Trim());
    }

    private async Task SettleAsync(CancellationToken cancellation)
    {
        var deadline = time.GetUtcNow() + s_stepTimeout;
        while (time.GetUtcNow() < deadline)
        {
            var status = await _api.GetAsync("/api/v1/status", cancellation);
            if (
                status.At("busy") is { } busy
                && !busy.EnumerateObject().Any()
                && _events.All.Count >= status.Number("position")
            )
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellation);
        }
    }

    private Task<JsonElement> WaitForEventAsync(
        string what,
        string type,
        string environment,
        TimeSpan atMost,
        CancellationToken cancellation
    ) =>
        _events.WaitForAsync(
            what,
            e => e.Text("type") == type && e.Text("data.environment") == environment,
            atMost,
            cancellation
        );

    // The rows of all days before the given one, with the heading.
    private async Task WriteDaysAsync(string file, string before, CancellationToken cancellation)
    {
        var lines = await File.ReadAllLinesAsync(plan.Data, cancellation);
        await File.WriteAllLinesAsync(
            file,
            lines.Where(
                (line, index) =>
                    index == 0 || string.CompareOrdinal(line[(line.LastIndexOf(',') + 1)..].Trim('"'), before) < 0
            ),
            cancellation
        );
    }

    private void Say(string text) =>
        screen.Progress($"[bold]{Times.Seconds(time.GetElapsedTime(_started)), 7}  {text}[/]");

    private static string ReasonIn(string pushed)
    {
        var lines = pushed
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("remote:", StringComparison.Ordinal))
            .Select(line => line["remote:".Length..].Trim())
            .Where(line => line.Length > 0)
            .ToList();
        return lines.Find(line => line.Contains("refused", StringComparison.OrdinalIgnoreCase))
            ?? lines.LastOrDefault()
            ?? pushed.Trim();
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // It was asked to end.
        }
    }
}
