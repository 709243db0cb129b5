using System.CommandLine;
using System.Globalization;

namespace Rondo.Cli.Commands;

/// <summary>What every command understands.</summary>
internal static class GlobalOptions
{
    private const int LimitMax = 1000;

    public static Option<string?> Server { get; } =
        new("--server")
        {
            Description = "The server's address (else RONDO_SERVER, else the one serving this folder).",
            Recursive = true,
        };

    public static Option<string> Output { get; } = OutputFormats();

    public static Option<string?> Project { get; } =
        new("--project", "-p") { Description = "The project (needed when you have several).", Recursive = true };

    public static Option<string> Environment { get; } =
        Environments(
            new Option<string>("--environment", "-e")
            {
                Description = "test, staging or production.",
                DefaultValueFactory = _ => "production",
            }
        );

    /// <summary>Narrows a list to one environment.</summary>
    public static Option<string?> OnlyEnvironment { get; } =
        Environments(
            new Option<string?>("--environment", "-e") { Description = "Only those in test, staging or production." }
        );

    /// <summary>How many rows a list shows.</summary>
    public static Option<int> Limit(int otherwise)
    {
        var option = new Option<int>("--limit")
        {
            Description = $"The most rows to show, at most {LimitMax}.",
            DefaultValueFactory = _ => otherwise,
        };
        Require(
            option,
            word =>
                int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var rows)
                && rows is >= 1 and <= LimitMax,
            $"--limit is a number from 1 to {LimitMax}."
        );
        return option;
    }

    /// <summary>Refuses a word that does not fit. One that is no number has no value to ask for; without a word it is the usual one.</summary>
    public static void Require<T>(Option<T> option, Func<string, bool> fits, string otherwise) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !fits(token.Value))
            {
                result.AddError(otherwise);
            }
        });

    private static Option<string> OutputFormats()
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = "table for people, json for programs.",
            DefaultValueFactory = _ => "table",
            Recursive = true,
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "table", "json");
        return option;
    }

    private static Option<T> Environments<T>(Option<T> option)
    {
        option.AcceptOnlyFromAmong("test", "staging", "production");
        return option;
    }
}
