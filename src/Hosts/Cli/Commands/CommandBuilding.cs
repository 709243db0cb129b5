using System.CommandLine;

namespace Rondo.Cli.Commands;

/// <summary>Puts commands together from what they read and what they do.</summary>
internal static class CommandBuilding
{
    /// <summary>A command with its arguments, options and verbs, and what it does when no verb is given.</summary>
    public static Command Make(
        string name,
        string description,
        Func<Invocation, Task<int>>? action,
        params IReadOnlyList<Symbol> parts
    )
    {
        var command = new Command(name, description);
        foreach (var part in parts)
        {
            switch (part)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                case Command verb:
                    command.Add(verb);
                    break;
            }
        }

        if (action is not null)
        {
            command.SetAction((parsed, cancellation) => action(new Invocation(parsed, cancellation)));
        }

        return command;
    }

    /// <summary>As <see cref="Make(string, string, Func{Invocation, Task{int}}, IReadOnlyList{Symbol})"/>, for what succeeds or throws.</summary>
    public static Command Make(
        string name,
        string description,
        Func<Invocation, Task> action,
        params IReadOnlyList<Symbol> parts
    ) =>
        Make(
            name,
            description,
            async call =>
            {
                await action(call);
                return 0;
            },
            parts
        );
}
