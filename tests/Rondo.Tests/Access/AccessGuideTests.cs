using System.Text.RegularExpressions;
using Rondo.Cli.Commands;
using Rondo.Tests.Data;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Access;

/// <summary>Every command of the guide, one after the other on one server. What they print has tokens in it: it is read, and goes nowhere else.</summary>
[Collection(nameof(ConsoleOfTheProcess))]
public sealed partial class AccessGuideTests(AccessServer server) : IClassFixture<AccessServer>
{
    [Fact]
    public async Task Every_command_of_the_guide_works()
    {
        var guide = Path.Combine(Repository.Root, "docs", "guide", "access.md");
        var commands = (await File.ReadAllLinesAsync(guide, TestContext.Current.CancellationToken))
            .Where(line => line.StartsWith("rondo ", StringComparison.Ordinal))
            .Select(line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..])
            .ToList();
        await server.Local.ExperimentAsync("vision/cats/resnet");
        // The guide begins where there is no admin yet: here there is one, of whom it does not know.
        commands.RemoveAll(words => words is ["credentials", "create", "root"]);
        Assert.True(commands.Count >= 12);

        foreach (var words in commands)
        {
            var (code, printed) = await RunAsync([.. words, "--server", server.Local.Client.BaseAddress!.ToString()]);
            Assert.True(code == 0, $"rondo {string.Join(' ', words)} ended with {code}");
            Assert.Equal(words is ["credentials", "create", ..], Token().IsMatch(printed));
        }
    }

    private static async Task<(int Code, string Printed)> RunAsync(string[] words)
    {
        var (output, error, text) = (Console.Out, Console.Error, new StringWriter());
        Console.SetOut(text);
        Console.SetError(TextWriter.Null);
        try
        {
            return (await RootCommands.InvokeAsync(words), text.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    [GeneratedRegex("rondo_[0-9a-f]{64}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
