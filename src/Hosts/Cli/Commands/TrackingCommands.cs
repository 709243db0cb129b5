using System.CommandLine;
using Rondo.Cli.Api;
using Rondo.Sdk;

namespace Rondo.Cli.Commands;

/// <summary><c>tracking</c>: what tracked runs have left in the spool folder of this user, and whole experiments in and out.</summary>
internal static class TrackingCommands
{
    private const int ExitKept = 5;

    public static Command Create() =>
        CommandBuilding.Make(
            "tracking",
            "Runs that programs track.",
            null,
            [
                .. TrackedRunCommands.Create(),
                CommandBuilding.Make(
                    "flush",
                    "Send what ended or killed programs have told of their runs while the server was away.",
                    FlushAsync
                ),
                TrackingTransferCommands.Import(),
                TrackingTransferCommands.Export(),
            ]
        );

    private static async Task<int> FlushAsync(Invocation call)
    {
        var settings = new TrackingSettings
        {
            // As programs find it, which need not stand in the folder of a server.
            Server = ServerAddress.Asked(call.Get(GlobalOptions.Server)),
            Warn = words => call.Screen.Progress($"{words}"),
        };
        var flushed = await SpooledRuns.SendAsync(settings, call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(flushed);
        }
        else
        {
            var others =
                flushed.ForOthers == 0 ? "" : $" {Runs(flushed.ForOthers)} of other servers: name them with --server.";
            call.Screen.Line($"{Runs(flushed.Sent)} sent, {flushed.Kept} kept for later.{others}");
        }

        return flushed.Kept == 0 ? 0 : ExitKept;
    }

    private static string Runs(int count) => count == 1 ? "1 run" : $"{count} runs";
}
