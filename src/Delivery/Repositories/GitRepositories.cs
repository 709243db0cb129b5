using System.Collections.Concurrent;
using Rondo.Kernel;
using Rondo.Sdk.Processes;

namespace Rondo.Delivery.Repositories;

/// <summary>The bare repositories of this server, one for each project, made when they are first asked for.</summary>
internal sealed class GitRepositories(ServerPaths paths, DeliveryOptions options) : IDisposable
{
    /// <summary>The branch whose commits are built and released.</summary>
    public const string ReleasedBranch = "main";

    private readonly ConcurrentDictionary<string, string> _ready = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _making = new(1, 1);

    /// <summary>The folder of a project's repository. The caller has checked that the project exists.</summary>
    public async Task<string> OpenAsync(string project)
    {
        if (_ready.TryGetValue(project, out var known))
        {
            return known;
        }

        await _making.WaitAsync();
        try
        {
            var folder = FolderOf(project);
            await MakeAsync(folder);
            _ready[project] = folder;
            return folder;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>The commit that a branch is at; null where there is no such branch.</summary>
    public async Task<string?> HeadAsync(string project, string branch)
    {
        var folder = FolderOf(project);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var (exit, lines) = await GitAsync(folder, ["rev-parse", "--verify", "--quiet", "refs/heads/" + branch]);
        return exit == 0 && lines is [var commit, ..] ? commit : null;
    }

    /// <summary>
    /// How git is called: with nothing of the settings of whoever runs the server (a hook path of theirs would take our gate away),
    /// and also on a data folder that another user owns. Where the hooks are is said each time: another server may have the shared
    /// folder at another place.
    /// </summary>
    public ProgramCall Call(
        string folder,
        IReadOnlyList<string> arguments,
        params IEnumerable<(string Name, string Value)> environment
    ) =>
        new(
            options.Git,
            arguments,
            folder,
            ProgramEnvironment.With([
                .. environment,
                ("GIT_CONFIG_NOSYSTEM", "1"),
                ("GIT_CONFIG_GLOBAL", OperatingSystem.IsWindows() ? "NUL" : "/dev/null"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_CONFIG_COUNT", "2"),
                ("GIT_CONFIG_KEY_0", "safe.directory"),
                ("GIT_CONFIG_VALUE_0", "*"),
                ("GIT_CONFIG_KEY_1", "core.hooksPath"),
                ("GIT_CONFIG_VALUE_1", Path.GetFullPath(Path.Combine(folder, "hooks"))),
            ])
        );

    public void Dispose() => _making.Dispose();

    private string FolderOf(string project) => Path.Combine(paths.RepositoriesFolder, project + ".git");

    // Every step may be done again: a server that was killed half-way goes on here.
    private async Task MakeAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        await RequireAsync(folder, ["init", "--quiet", "--bare", "--initial-branch=" + ReleasedBranch, "."]);
        await RequireAsync(folder, ["config", "core.hooksPath", Path.GetFullPath(Path.Combine(folder, "hooks"))]);
        await RequireAsync(folder, ["config", "transfer.fsckObjects", "true"]);
        await RequireAsync(folder, ["config", "receive.maxInputSize", $"{options.PushBytesMax}"]);
        var hook = Path.Combine(folder, "hooks", "pre-receive");
        Directory.CreateDirectory(Path.GetDirectoryName(hook)!);
        var staged = hook + ".new";
        await using (var source = typeof(GitRepositories).Assembly.GetManifestResourceStream("pre-receive.sh")!)
        await using (var target = File.Create(staged))
        {
            await source.CopyToAsync(target);
        }

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            File.SetUnixFileMode(staged, Owner);
        }

        File.Move(staged, hook, overwrite: true);
    }

    private async Task RequireAsync(string folder, IReadOnlyList<string> arguments)
    {
        var (exit, lines) = await GitAsync(folder, arguments);
        if (exit != 0)
        {
            throw new RondoException(
                ErrorCode.Internal,
                $"git {arguments[0]} failed in {folder}: {string.Join(" ", lines)}"
            );
        }
    }

    private async Task<(int Exit, IReadOnlyList<string> Lines)> GitAsync(string folder, IReadOnlyList<string> arguments)
    {
        var lines = new List<string>();
        void Take(string line)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }

        var call = Call(folder, arguments) with { OnOutput = Take, OnError = Take };
        var exit = (await ProcessRoom.Current.RunAsync(call, CancellationToken.None)).ExitCode;
        return (exit, lines);
    }
}
