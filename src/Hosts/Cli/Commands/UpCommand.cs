using System.CommandLine;
using Rondo.Server;

namespace Rondo.Cli.Commands;

/// <summary><c>rondo up</c>: a server in this process, with its data in <c>./.rondo</c>.</summary>
internal static class UpCommand
{
    private static readonly Option<string> s_data = new("--data")
    {
        Description = "The data folder.",
        DefaultValueFactory = _ => ".rondo",
    };

    private static readonly Option<string> s_listen = new("--listen")
    {
        Description = "The address to listen on; other than loopback needs an admin's credential first.",
        DefaultValueFactory = _ => ServerOptions.DefaultListen,
    };

    private static readonly Option<string> s_database = new("--database")
    {
        Description =
            "A PostgreSQL database (postgres://USER@HOST/NAME) instead of the embedded one; RONDO_DATABASE says it without showing a password to others.",
    };

    private static readonly Option<string> s_shared = new("--shared")
    {
        Description =
            "The folder that all servers on the database use together; the data folder where there is one server.",
    };

    private static readonly Option<string> s_lease = new("--lease")
    {
        Description = "After how many seconds of silence the other servers take up a server's work.",
        DefaultValueFactory = _ => "15",
    };

    private static readonly Option<bool> s_verbose = new("--verbose") { Description = "Show the server's log." };

    // For a program that starts a server as its own: however it dies, its end of the pipe closes, and the server ends too.
    private static readonly Option<bool> s_endWithInput = new(EndWithInput) { Hidden = true };

    /// <summary>The option with which a server ends when its standard input does.</summary>
    public const string EndWithInput = "--end-with-input";

    public static Command Create() =>
        CommandBuilding.Make(
            "up",
            "Start a server here.",
            RunAsync,
            s_data,
            s_listen,
            s_database,
            s_shared,
            s_lease,
            s_verbose,
            s_endWithInput
        );

    /// <summary>The folder with the packages of Rondo's own Sdk: the launcher names it; an installed tool carries it.</summary>
    public static string FeedFolder =>
        Environment.GetEnvironmentVariable("RONDO_FEED") ?? Path.Combine(AppContext.BaseDirectory, "feed");

    private static async Task RunAsync(Invocation call)
    {
        var options = new ServerOptions
        {
            DataFolder = call.Get(s_data)!,
            FeedFolder = FeedFolder,
            Listen = call.Get(s_listen)!,
            Database = call.Get(s_database) ?? NonEmpty(ServerOptions.DatabaseVariable),
            SharedFolder = call.Get(s_shared),
            Lease = ServerOptions.ParseLease(call.Get(s_lease)!),
            Verbose = call.Get(s_verbose),
        };
        await using var host = await ServerHost.StartAsync(options, call.Cancellation);
        var address = host.Address.ToString().TrimEnd('/');
        if (call.Screen.Json)
        {
            call.Screen.Document(new { url = address, pid = Environment.ProcessId });
        }

        call.Screen.Markup(
            $"Rondo listens on [bold]{address}[/] and keeps its data in {options.DataFolder}. Ctrl+C ends it."
        );
        await Task.WhenAny(
            host.WaitForShutdownAsync(call.Cancellation),
            call.Get(s_endWithInput)
                ? InputEndsAsync()
                : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.Cancellation)
        );
    }

    private static string? NonEmpty(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static async Task InputEndsAsync()
    {
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null);
    }
}
