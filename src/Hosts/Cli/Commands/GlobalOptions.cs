using System.CommandLine;

namespace Rondo.Cli.Commands;

/// <summary>How an answer is written.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>What every command understands.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Server { get; } =
        new("--server")
        {
            Description = "The server's address (else RONDO_SERVER, else the one serving this folder).",
            Recursive = true,
        };

    public static Option<OutputFormat> Output { get; } =
        new("--output", "-o") { Description = "table for people, json for programs.", Recursive = true };

    public static Option<string?> Project { get; } =
        new("--project", "-p") { Description = "The project (needed when there are several).", Recursive = true };

    public static Option<string> Environment { get; } =
        new("--environment", "-e")
        {
            Description = "test, staging or production.",
            DefaultValueFactory = _ => "production",
        };
}
