using Rondo.Cli.Commands;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Access;

/// <summary>Every command of the guide, one after the other on one server.</summary>
public sealed class AccessGuideTests(AccessServer server) : IClassFixture<AccessServer>
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
            var code = await RootCommands.InvokeAsync([
                .. words,
                "--server",
                server.Local.Client.BaseAddress!.ToString(),
            ]);
            Assert.True(code == 0, $"rondo {string.Join(' ', words)} ended with {code}");
        }
    }
}
