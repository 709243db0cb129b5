using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Rondo.Cli.Commands;

/// <summary>Everything that <c>rondo</c> can do.</summary>
internal static partial class RootCommands
{
    // A family's words stand beside it, so that a command that is asked for by name need not wait for the making of all others.
    private static readonly (string[] Names, Func<IEnumerable<Command>> Create)[] s_families =
    [
        (["up"], () => [UpCommand.Create()]),
        (["new"], () => [NewCommand.Create()]),
        (["demo"], () => [Demo.DemoCommand.Create()]),
        (["status", "events", "projects"], ServerCommands.Create),
        (["credentials", "roles", "access"], AccessCommands.Create),
        (["builds", "releases", "promote"], DeliveryCommands.Create),
        (["datasets"], () => [DatasetCommands.Create()]),
        (["pipelines", "run", "runs", "logs"], RunCommands.Create),
        (["explain"], () => [ExplainCommand.Create()]),
        (["approvals", "approve"], ApprovalCommands.Create),
        (["triggers"], () => [TriggerCommands.Create()]),
        (["partitions", "backfill", "backfills"], BackfillCommands.Create),
        (["lineage"], () => [LineageCommands.Create()]),
        (["gc", "blobs", "openlineage"], StorageCommands.Create),
        (["export"], () => [ExportCommands.Create()]),
        (["secrets"], () => [SecretCommands.Create()]),
        (["tracking"], () => [TrackingCommands.Create()]),
        (["experiments"], () => [ExperimentCommand.Create()]),
        (["models"], () => [ModelCommands.Create()]),
        (["data", "schema"], DataCommands.Create),
        (["endpoints", "predict", "alerts"], EndpointCommands.Create),
    ];

    /// <summary>The words that a command line may begin with, family by family.</summary>
    internal static IEnumerable<IReadOnlyList<string>> Families => s_families.Select(family => family.Names);

    public static Task<int> InvokeAsync(string[] args)
    {
        var root = Create(args.FirstOrDefault());
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        return parsed.Errors.Count == 0
            ? parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false })
            : RefuseAsync(parsed);
    }

    /// <summary>The commands of the family that has the word, or all where none has it.</summary>
    internal static RootCommand Create(string? word)
    {
        var root = new RootCommand("Rondo: machine learning in production for .NET teams.")
        {
            GlobalOptions.Server,
            GlobalOptions.Output,
            GlobalOptions.Project,
        };
        var asked = Array.FindIndex(s_families, family => Array.IndexOf(family.Names, word) >= 0);
        var families = asked >= 0 ? s_families.AsSpan(asked, 1) : s_families;
        foreach (var (_, create) in families)
        {
            foreach (var command in create())
            {
                root.Add(command);
            }
        }

        return root;
    }

    // Wrong arguments end with 2, as every other wrong input does.
    private static async Task<int> RefuseAsync(ParseResult parsed)
    {
        // An unknown word is told first, and alone: what else is missing follows from it.
        var error =
            parsed.UnmatchedTokens.Count > 0 ? $"'{parsed.UnmatchedTokens[0]}' is not known here." : Words(parsed);
        await Console.Error.WriteLineAsync("error: " + error);
        await Console.Error.WriteLineAsync($"See: {NameOf(parsed.CommandResult)} --help");
        return 2;
    }

    private static string Words(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return command.Action is null && command.Subcommands.Count > 0
            ? $"'{command.Name}' wants one of: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}."
            : TypePattern()
                .Replace(
                    string.Join(
                        ' ',
                        parsed.Errors[0].Message.Split((char[])['\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
                    ),
                    type => type.Value.Contains("Int", StringComparison.Ordinal) ? "as a whole number" : "as a number"
                );
    }

    // The library tells the names of our types.
    [GeneratedRegex(
        @"as expected type '[^']*(?:Int32|Int64|Double)[^']*'",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TypePattern();

    private static string NameOf(CommandResult result) =>
        result.Parent is CommandResult parent ? NameOf(parent) + " " + result.Command.Name : result.Command.Name;
}
