using System.CommandLine;
using System.Globalization;
using Rondo.Cli.Commands;

namespace Rondo.Cli.Demo;

/// <summary><c>rondo demo</c>: the whole loop on real data, from <c>git push</c> to the retrained model, in one process tree.</summary>
internal static class DemoCommand
{
    private const string LastDay = "2016-08-28";

    private static readonly Option<bool> s_keep = new("--keep") { Description = "Leave the server up at the end." };

    private static readonly Option<string?> s_example = new("--example")
    {
        Description = "The folder of examples/transit-demand (found by itself in a checkout).",
    };

    private static readonly Option<string> s_until = new("--until")
    {
        Description = "The last day to replay: an earlier one makes the demo shorter.",
        DefaultValueFactory = _ => LastDay,
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "demo",
            "See the whole loop turn on real data: push, train, serve, drift, retrain.",
            RunAsync,
            s_keep,
            s_example,
            s_until
        );

    private static async Task<int> RunAsync(Invocation call)
    {
        var time = TimeProvider.System;
        var until = Until(call.Get(s_until)!);
        var example = ExampleIn(Path.GetFullPath(call.Get(s_example) ?? FindExample()));
        var folder = Directory.CreateTempSubdirectory("rondo-demo-").FullName;
        await using var server = await DemoServer.StartAsync(folder, call.Get(s_keep), time, call.Cancellation);
        var plan = new DemoPlan(example, folder, until);
        var report = await new DemoRun(plan, server, call.Screen, time).RunAsync(call.Cancellation);
        DemoPage.Show(report, call.Screen);
        if (server.Keep)
        {
            call.Screen.Progress(
                $"The server stays up at [bold]{server.Api.Address}[/] (process {server.ProcessId}); its data is in {folder}."
            );
        }

        return report.Claims.All(claim => claim.Holds) ? 0 : 1;
    }

    private static string Until(string day) =>
        DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        && string.CompareOrdinal(day, DemoPlan.FirstReplayedDay) >= 0
        && string.CompareOrdinal(day, LastDay) <= 0
            ? day
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"--until is '{day}', which is no day of the replay.",
                $"Write a day from {DemoPlan.FirstReplayedDay} to {LastDay}."
            );

    private static string ExampleIn(string folder) =>
        Directory.Exists(Path.Combine(folder, "src"))
            ? folder
            : throw new RondoException(
                ErrorCode.NotFound,
                $"The example is not in {folder}: there is no folder src.",
                "Name the folder of examples/transit-demand with --example."
            );

    private static string FindExample()
    {
        var home = Environment.GetEnvironmentVariable("RONDO_HOME") ?? Environment.CurrentDirectory;
        var example = Path.Combine(home, "examples", "transit-demand");
        return Directory.Exists(example)
            ? example
            : throw new RondoException(
                ErrorCode.NotFound,
                $"There is no example in {example}.",
                "Run ./rondo demo from a checkout of Rondo, or name the folder with --example."
            );
    }
}
