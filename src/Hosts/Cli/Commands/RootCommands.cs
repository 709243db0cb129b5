using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rondo.Cli.Commands;

/// <summary>Everything that <c>rondo</c> can do.</summary>
internal static class RootCommands
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var root = new RootCommand("Rondo: machine learning in production for .NET teams.")
        {
            GlobalOptions.Server,
            GlobalOptions.Output,
            GlobalOptions.Project,
        };
        Command[] commands =
        [
            UpCommand.Create(),
            NewCommand.Create(),
            Demo.DemoCommand.Create(),
            .. ServerCommands.Create(),
            .. AccessCommands.Create(),
            .. DeliveryCommands.Create(),
            DatasetCommands.Create(),
            .. RunCommands.Create(),
            ExplainCommand.Create(),
            .. ApprovalCommands.Create(),
            TriggerCommands.Create(),
            .. BackfillCommands.Create(),
            LineageCommands.Create(),
            .. StorageCommands.Create(),
            ExportCommands.Create(),
            SecretCommands.Create(),
            TrackingCommands.Create(),
            ExperimentCommand.Create(),
            ModelCommands.Create(),
            .. DataCommands.Create(),
            .. EndpointCommands.Create(),
        ];
        foreach (var command in commands)
        {
            root.Add(command);
        }

        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        return parsed.Errors.Count == 0
            ? parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false })
            : RefuseAsync(parsed);
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
            : string.Join(
                ' ',
                parsed.Errors[0].Message.Split((char[])['\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
            );
    }

    private static string NameOf(CommandResult result) =>
        result.Parent is CommandResult parent ? NameOf(parent) + " " + result.Command.Name : result.Command.Name;
}
