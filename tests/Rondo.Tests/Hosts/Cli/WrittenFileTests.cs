using Rondo.Cli.Commands;
using Rondo.Tests.Sdk;

namespace Rondo.Tests.Hosts.Cli;

/// <summary>Files that a command is to write are tried before there is anything to write: no server is asked, and no rows are read.</summary>
public sealed class WrittenFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tracking export demand FILE")]
    [InlineData("tracking compare a b --html FILE")]
    [InlineData("models card m --project p --set owner=ann --html FILE")]
    [InlineData("models overview --html FILE")]
    [InlineData("export kfp train --project p --file FILE")]
    [InlineData("datasets show d --project p --html FILE")]
    [InlineData("datasets show d --project p --schema FILE")]
    [InlineData("data profile ROWS --html FILE")]
    [InlineData("data compare ROWS ROWS --html FILE")]
    [InlineData("data compare ROWS ROWS --save FILE")]
    [InlineData("schema infer ROWS --schema FILE")]
    public async Task A_command_says_what_is_wrong_with_its_file_before_it_begins(string command)
    {
        var rows = _folder.Of("not-read-yet.csv");
        string[] Line(string file) =>
            [
                .. command
                    .Split(' ')
                    .Select(word =>
                        word == "FILE" ? file
                        : word == "ROWS" ? rows
                        : word
                    ),
                "--server",
                "http://127.0.0.1:1",
            ];

        var missing = await Assert.ThrowsAsync<RondoException>(() =>
            RootCommands.InvokeAsync(Line(_folder.Of("nope/x.zip")))
        );
        var folder = await Assert.ThrowsAsync<RondoException>(() => RootCommands.InvokeAsync(Line(_folder.Path)));

        Assert.Equal((ErrorCode.NotFound, 3), (missing.Code, missing.ExitCode));
        Assert.Contains(
            $"no folder '{_folder.Of("nope")}' to write x.zip to",
            missing.Message,
            StringComparison.Ordinal
        );
        Assert.Equal((ErrorCode.InvalidArgument, 2), (folder.Code, folder.ExitCode));
        Assert.Contains($"'{_folder.Path}' is a folder", folder.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_is_there_stays_until_it_is_written_and_what_is_not_there_is_not_made()
    {
        var there = _folder.Write("there.html", "before");

        WrittenFile.Require(there);
        WrittenFile.Require(_folder.Of("new.html"));
        WrittenFile.Require(null);

        Assert.Equal("before", File.ReadAllText(there));
        Assert.Equal([there], Directory.EnumerateFileSystemEntries(_folder.Path));
        WrittenFile.Write(there, "now");
        WrittenFile.Write(_folder.Of("new.html"), "new");
        Assert.Equal(("now", "new"), (File.ReadAllText(there), File.ReadAllText(_folder.Of("new.html"))));
    }

    [Fact]
    public void A_link_to_what_is_not_there_yet_is_written_through()
    {
        File.CreateSymbolicLink(_folder.Of("link"), _folder.Of("target"));

        WrittenFile.Write(_folder.Of("link"), "text");

        Assert.Equal("text", File.ReadAllText(_folder.Of("target")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_name_that_says_nothing_is_refused(string name) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<RondoException>(() => WrittenFile.Require(name)).Code);

    // Nobody may make a file there, whoever runs the tests.
    [Fact]
    public void A_place_where_nothing_can_be_written_is_told_with_the_path_and_the_cause()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "There is no /proc here.");

        var refused = Assert.Throws<RondoException>(() => WrittenFile.Require("/proc/self/x.html"));

        Assert.StartsWith("'/proc/self/x.html' cannot be written: ", refused.Message, StringComparison.Ordinal);
        Assert.NotEqual(1, refused.ExitCode);
    }
}
