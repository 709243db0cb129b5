using System.CommandLine;
using System.Text;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>secrets</c>. A value is read from the input or asked for; it never stands on a command line, and is never shown.</summary>
internal static class SecretCommands
{
    private static readonly Argument<string> s_name = new("name")
    {
        Description = "Small letters, digits and hyphens, such as api-token.",
    };

    private static readonly Argument<string?> s_value = new("value") { Arity = ArgumentArity.ZeroOrOne, Hidden = true };

    private static readonly Option<string?> s_environment = Environments();

    public static Command Create() =>
        CommandBuilding.Make(
            "secrets",
            "Values that steps get as environment variables, and nobody can read.",
            ListAsync,
            CommandBuilding.Make(
                "set",
                "Set a secret. The value is read from the input (… | rondo secrets set NAME), or asked for.",
                SetAsync,
                s_name,
                s_value,
                s_environment
            ),
            CommandBuilding.Make("delete", "Forget a secret.", DeleteAsync, s_name, s_environment)
        );

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/secrets", call.Cancellation),
            "There is no secret yet. Set one: rondo secrets set NAME.",
            Column.Of("secret", "name"),
            new Column("environment", row => row.Text("environment") ?? "all"),
            Column.Number("version", "version"),
            new Column("set", row => Times.Short(row.At("versions")?.EnumerateArray().First().At("createdAt"))),
            new Column("by", row => row.At("versions")?.EnumerateArray().First().Text("createdBy"))
        );

    private static async Task SetAsync(Invocation call)
    {
        var name = call.Get(s_name);
        if (call.Optional(s_value) is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The value of a secret is not written on a command line: others on this machine and the shell's history would see it.",
                $"Leave it out and you are asked for it, or pipe it in: rondo secrets set {name} < FILE."
            );
        }

        var path = await PathAsync(call, name);
        var value = await ReadAsync(name, call.Cancellation);
        var made = await call.Api.PutAsync(path, new { value }, call.Cancellation);
        call.Screen.Done(
            made,
            made.Text("changed") == "yes"
                ? (FormattableString)$"Secret [bold]{name}[/] has version {made.Text("version")} now."
                : $"Secret [bold]{name}[/] had this value already: it stays version {made.Text("version")}."
        );
    }

    private static async Task DeleteAsync(Invocation call)
    {
        var name = call.Get(s_name);
        await call.Api.DeleteAsync(await PathAsync(call, name), call.Cancellation);
        call.Screen.Done(new { name, deleted = true }, $"Secret [bold]{name}[/] is forgotten.");
    }

    private static async Task<string> PathAsync(Invocation call, string name) =>
        $"{await call.ProjectPathAsync()}/secrets/{Segment.Of(name)}"
        + (call.Get(s_environment) is { } environment ? "?environment=" + environment : "");

    // An editor or echo ends a file with a line feed that is no part of the value.
    private static async Task<string> ReadAsync(string name, CancellationToken cancellation)
    {
        var text = Console.IsInputRedirected ? await Console.In.ReadToEndAsync(cancellation) : Ask(name);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
            : text.EndsWith('\n') ? text[..^1]
            : text;
    }

    // What is typed is not shown.
    private static string Ask(string name)
    {
        Console.Error.Write($"Value of {name}: ");
        var value = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                value.Length = Math.Max(0, value.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                value.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return value.ToString();
    }

    private static Option<string?> Environments()
    {
        var option = new Option<string?>("--environment", "-e")
        {
            Description = "Only in test, staging or production; else in all that have no value of their own.",
        };
        option.AcceptOnlyFromAmong("test", "staging", "production");
        return option;
    }
}
