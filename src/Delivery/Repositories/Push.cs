using System.Text;
using Rondo.Kernel;

namespace Rondo.Delivery.Repositories;

/// <summary>
/// A push under way, as a folder that the server and the pre-receive hook share. Only the hook learns its name, through its
/// environment: whoever can write there may speak for this push, and for no other.
/// </summary>
internal sealed class Push : IAsyncDisposable
{
    private const int CommandsMax = 1000;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(1);

    private readonly FileStream _progress;
    private readonly FileStream _alive;
    private readonly ITimer _beats;
    private readonly TimeProvider _time;
    private int _beat;

    public Push(string project, Actor actor, string folder, TimeProvider time)
    {
        Project = project;
        Actor = actor;
        Folder = folder;
        _time = time;
        CreatePrivate(folder);
        _progress = new FileStream(PathOf("progress"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
        _alive = new FileStream(PathOf("alive"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
        _beats = time.CreateTimer(_ => Beat(), null, TimeSpan.Zero, s_beat);
    }

    public string Project { get; }
    public Actor Actor { get; }
    public string Folder { get; }

    /// <summary>The tree of the commit that main is to be at, where the push moves main.</summary>
    public string SourceFile => PathOf("source.tar");

    /// <summary>Waits until git has taken the objects and asks whether the push may take effect.</summary>
    public async Task<IReadOnlyList<PushCommand>> RequestAsync(CancellationToken cancellation)
    {
        while (!File.Exists(PathOf("request")))
        {
            await Task.Delay(s_look, _time, cancellation);
        }

        var lines = await File.ReadAllLinesAsync(PathOf("request"), cancellation);
        return lines.Length <= CommandsMax
            ? [.. lines.Select(PushCommand.Parse)]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The push moves {lines.Length} branches and tags; at most {CommandsMax} are taken at once.",
                "Push them in parts."
            );
    }

    /// <summary>Shows the pusher a line.</summary>
    public void Say(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line.ReplaceLineEndings(" ") + "\n");
        lock (_progress)
        {
            _progress.Write(bytes);
        }
    }

    /// <summary>Decides.</summary>
    public void Decide(bool accept)
    {
        var staged = PathOf("verdict.new");
        File.WriteAllText(staged, accept ? "accept" : "refuse");
        File.Move(staged, PathOf("verdict"));
    }

    public async ValueTask DisposeAsync()
    {
        await _beats.DisposeAsync();
        await _alive.DisposeAsync();
        await _progress.DisposeAsync();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    // The hook must see that somebody is still there; numbers of one length, so that one replaces the other whole.
    private void Beat()
    {
        _alive.Position = 0;
        _alive.Write(Encoding.ASCII.GetBytes($"{Interlocked.Increment(ref _beat):d9}\n"));
    }

    private string PathOf(string name) => Path.Combine(Folder, name);

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, Owner);
    }
}
