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
    public void A_limit_is_a_number_or_the_usual_one(params string[] line) =>
        Assert.Empty(RootCommands.Create("runs").Parse(line).Errors);

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("99999999999")]
    public void A_limit_that_is_none_is_told_as_such(string limit)
    {
        var errors = RootCommands.Create("runs").Parse(["runs", "--limit", limit]).Errors;

        Assert.Contains(errors, error => error.Message.Contains("--limit", StringComparison.Ordinal));
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

    private static string Help(RootCommand root, string name)
    {
        var output = new StringWriter();
        Assert.Equal(0, root.Parse([name, "--help"]).Invoke(new InvocationConfiguration { Output = output }));
        return output.ToString();
    }
}
