using Rondo.Cli.Commands;

namespace Rondo.Cli.Demo;

/// <summary>A clone of the example as a team would have it: pushed with plain Git, without the data that has not happened yet.</summary>
internal sealed class DemoRepository(string folder, Uri server, Action<string> onRemoteLine)
{
    private static readonly string[] s_leftOut = ["data", "bin", "obj", "artifacts", ".rondo", ".git"];

    private readonly string _remote = new Uri(server, "/git/transit.git").ToString();

    public string Folder => folder;

    /// <summary>Copies the example and commits it.</summary>
    public async Task CreateAsync(string example, CancellationToken cancellation)
    {
        Copy(example, folder);
        await GitAsync(cancellation, "init", "--quiet", "--initial-branch=main");
        await CommitAsync("Declare the demand system", cancellation);
    }

    /// <summary>Commits everything that changed and returns the commit.</summary>
    public async Task<string> CommitAsync(string message, CancellationToken cancellation)
    {
        await GitAsync(cancellation, "add", "--all");
        await GitAsync(cancellation, "commit", "--quiet", "--message", message);
        return (await GitAsync(cancellation, "rev-parse", "HEAD")).Out.Trim();
    }

    /// <summary>Pushes main; the result tells whether the server took it.</summary>
    public Task<DemoProgram.Result> PushAsync(CancellationToken cancellation) =>
        RunGitAsync(cancellation, "push", _remote, "main");

    /// <summary>The commit that the server has as main.</summary>
    public async Task<string> RemoteCommitAsync(CancellationToken cancellation) =>
        (await GitAsync(cancellation, "ls-remote", _remote, "refs/heads/main")).Out.Split('\t')[0];

    /// <summary>Takes the newest commit back.</summary>
    public Task UndoAsync(CancellationToken cancellation) =>
        GitAsync(cancellation, "reset", "--quiet", "--hard", "HEAD~1");

    /// <summary>Writes a file of the working tree.</summary>
    public Task WriteAsync(string file, string text, CancellationToken cancellation) =>
        File.WriteAllTextAsync(Path.Combine(folder, file), text, cancellation);

    private async Task<DemoProgram.Result> GitAsync(CancellationToken cancellation, params string[] arguments)
    {
        var result = await RunGitAsync(cancellation, arguments);
        return result.ExitCode == 0
            ? result
            : throw new RondoException(
                ErrorCode.Internal,
                $"git {string.Join(' ', arguments)} failed: {result.Error.Trim()}"
            );
    }

    private Task<DemoProgram.Result> RunGitAsync(CancellationToken cancellation, params string[] arguments) =>
        new DemoProgram("git", arguments, folder) { Environment = Environment() }.RunAsync(onRemoteLine, cancellation);

    // The demo must neither read nor need the configuration of whoever runs it.
    private static Dictionary<string, string> Environment() =>
        new(StringComparer.Ordinal)
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_AUTHOR_NAME"] = "Ada",
            ["GIT_AUTHOR_EMAIL"] = "ada@example.com",
            ["GIT_COMMITTER_NAME"] = "Ada",
            ["GIT_COMMITTER_EMAIL"] = "ada@example.com",
        };

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var below in Directory.EnumerateDirectories(from))
        {
            if (!s_leftOut.Contains(Path.GetFileName(below), StringComparer.Ordinal))
            {
                Copy(below, Path.Combine(to, Path.GetFileName(below)));
            }
        }
    }
}
