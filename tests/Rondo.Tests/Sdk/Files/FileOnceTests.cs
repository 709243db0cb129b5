using System.Text;
using Rondo.Sdk.Files;

namespace Rondo.Tests.Sdk.Files;

public sealed class FileOnceTests : IDisposable
{
    private const int Rounds = 200;
    private const int Makers = 8;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_many_that_make_a_file_at_once_one_does_and_all_read_what_it_wrote()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var path = Path.Combine(_folder.Path, $"file-{round}");
            using var start = new Barrier(Makers);
            var seen = new (bool Made, string Text)[Makers];
            var makers = Enumerable
                .Range(0, Makers)
                .Select(maker => new Thread(() =>
                {
                    start.SignalAndWait();
                    var made = FileOnce.Make(path, Encoding.ASCII.GetBytes($"{maker}"));
                    seen[maker] = (made, File.ReadAllText(path));
                }));

            var running = makers.ToList();
            running.ForEach(thread => thread.Start());
            running.ForEach(thread => thread.Join());

            var winner = Assert.Single(Enumerable.Range(0, Makers), maker => seen[maker].Made);
            Assert.All(seen, one => Assert.Equal($"{winner}", one.Text));
        }

        Assert.Equal(Rounds, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_file_for_its_owner_can_be_read_by_nobody_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights.");
        var path = Path.Combine(_folder.Path, "key");

        Assert.True(FileOnce.Make(path, "secret"u8, onlyForOwner: true));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_is_there_is_left_as_it_is()
    {
        var path = Path.Combine(_folder.Path, "there");
        File.WriteAllText(path, "first");

        Assert.False(FileOnce.Make(path, "second"u8));

        Assert.Equal("first", File.ReadAllText(path));
    }
}
