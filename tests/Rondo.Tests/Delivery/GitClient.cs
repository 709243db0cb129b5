using System.Diagnostics;

namespace Rondo.Tests.Delivery;

/// <summary>A working copy, driven by the real git program.</summary>
public sealed class GitClient
{
    private GitClient(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>A new repository on branch main with one commit of the given files.</summary>
    public static async Task<GitClient> CreateAsync(string folder, params IEnumerable<(string Name, string Text)> files)
    {
        Directory.CreateDirectory(folder);
        var client = new GitClient(folder);
        await client.RunAsync("init", "--quiet", "--initial-branch=main");
        await client.CommitAsync(files);
        return client;
    }

    /// <summary>Writes files and commits everything; returns the commit.</summary>
    public async Task<string> CommitAsync(params IEnumerable<(string Name, string Text)> files)
    {
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(Folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text);
        }

        await RunAsync("add", "--all");
        await RunAsync("commit", "--quiet", "--allow-empty", "--message", "A change");
        return (await RunAsync("rev-parse", "HEAD")).Trim();
    }

    /// <summary>Runs git and returns what it printed; fails with what it said when it fails.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (exit, output, error) = await TryAsync(arguments);
        return exit == 0 ? output : throw new InvalidOperationException($"git {arguments[0]}: {error}");
    }

    /// <summary>Runs git, whatever comes of it.</summary>
    public Task<(int Exit, string Output, string Error)> TryAsync(params string[] arguments) =>
        TryAsync(CancellationToken.None, arguments);

    /// <summary>Runs git until it ends, or is killed.</summary>
    public async Task<(int Exit, string Output, string Error)> TryAsync(
        CancellationToken kill,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        foreach (var role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Ada";
            start.Environment[$"GIT_{role}_EMAIL"] = "ada@example.com";
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await using var killing = kill.Register(() => process.Kill(entireProcessTree: true));
        await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, await output, await error);
    }
}
