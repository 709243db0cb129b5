namespace Rondo.Server;

/// <summary>Reads the server's own arguments: <c>--data --listen --database --shared --lease --feed --verbose</c>.</summary>
internal static class ServerArguments
{
    public static ServerOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ServerOptions
        {
            DataFolder = ".rondo",
            FeedFolder = Path.Combine(AppContext.BaseDirectory, "feed"),
            Database = Environment.GetEnvironmentVariable(ServerOptions.DatabaseVariable) is { Length: > 0 } named
                ? named
                : null,
        };
        for (var i = 0; i < args.Count; i++)
        {
            options = args[i] switch
            {
                "--data" => options with { DataFolder = Value(args, ++i) },
                "--listen" => options with { Listen = Value(args, ++i) },
                "--database" => options with { Database = Value(args, ++i) },
                "--shared" => options with { SharedFolder = Value(args, ++i) },
                "--lease" => options with { Lease = ServerOptions.ParseLease(Value(args, ++i)) },
                "--feed" => options with { FeedFolder = Value(args, ++i) },
                "--verbose" => options with { Verbose = true },
                _ => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{args[i]}' is not an argument of the server.",
                    "It takes --data FOLDER, --listen URL, --database ADDRESS, --shared FOLDER, --lease SECONDS, --feed FOLDER and --verbose."
                ),
            };
        }

        return options;
    }

    private static string Value(IReadOnlyList<string> args, int index) =>
        index < args.Count
            ? args[index]
            : throw new RondoException(ErrorCode.InvalidArgument, $"{args[index - 1]} wants a value.");
}
