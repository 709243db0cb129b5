using System.CommandLine;
using Rondo.Cli.Commands;

namespace Rondo.Tests.Hosts.Cli;

public sealed class RootCommandTests
{
    [Fact]
    public void Each_family_makes_the_commands_that_it_is_found_by()
    {
        var all = RootCommands.Create(null).Subcommands.Select(command => command.Name).ToList();

        Assert.Equal(all, RootCommands.Families.SelectMany(names => names));
        foreach (var names in RootCommands.Families)
        {
            foreach (var name in names)
            {
                Assert.Equal(names, RootCommands.Create(name).Subcommands.Select(command => command.Name));
            }
        }
    }

    [Fact]
    public void Help_for_a_command_is_the_same_whether_or_not_the_others_were_made()
    {
        foreach (var name in RootCommands.Families.SelectMany(names => names))
        {
            Assert.Equal(Help(RootCommands.Create(null), name), Help(RootCommands.Create(name), name));
        }
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("runs", "--limit", "5")]
    [InlineData("runs", "--limit=1000")]
    [InlineData("tracking", "find", "a")]
    [InlineData("tracking", "find", "a", "--limit", "1")]
    [InlineData("models", "find", "a", "b")]
    public void A_limit_is_a_number_or_the_usual_one(params string[] line)
    {
        var parsed = RootCommands.Create(line[0]).Parse(line);

        Assert.Empty(parsed.Errors);
        Assert.InRange(parsed.GetValue<int>("--limit"), 1, 1000);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("99999999999")]
    public void A_limit_that_is_none_is_told_as_such(string limit)
    {
        var commands = All(RootCommands.Create(null), [])
            .Where(path => path[^1].Options.Any(option => option.Name == "--limit"))
            .Select(path => path.Skip(1).Select(command => command.Name).ToArray())
            .ToList();

        Assert.Contains(["tracking", "find"], commands);
        Assert.All(
            commands,
            command =>
                Assert.Contains(
                    RootCommands.Create(null).Parse([.. command, "--limit", limit]).Errors,
                    error => error.Message.Contains("--limit is a number from 1 to 1000", StringComparison.Ordinal)
                )
        );
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("modles")]
    [InlineData("--project")]
    [InlineData("[suggest:0]")]
    public void A_line_that_does_not_begin_with_a_command_is_read_with_all_of_them(string first) =>
        Assert.Equal(
            RootCommands.Families.SelectMany(names => names),
            RootCommands.Create(first).Subcommands.Select(command => command.Name)
        );

    private static IEnumerable<Command[]> All(Command command, Command[] above) =>
        command.Subcommands.SelectMany(verb => All(verb, [.. above, command])).Prepend([.. above, command]);

    private static string Help(RootCommand root, string name)
    {
        var output = new StringWriter();
        Assert.Equal(0, root.Parse([name, "--help"]).Invoke(new InvocationConfiguration { Output = output }));
        return output.ToString();
    }
}
