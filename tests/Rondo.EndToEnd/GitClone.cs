namespace Rondo.EndToEnd;

/// <summary>A repository with a project of the tests, pushed with plain Git.</summary>
internal sealed class GitClone(string folder, Uri server, string project)
{
    public string Folder => folder;

    /// <summary>Copies a project into a fresh repository and commits it.</summary>
    public static async Task<GitClone> CreateAsync(string from, RunningServer server, string project)
    {
        var folder = Path.Combine(server.Folder, "clone-" + project);
        Checkout.Copy(from, folder, "data");
        var clone = new GitClone(folder, server.Http.BaseAddress!, project);
        await clone.GitAsync("init", "--quiet", "--initial-branch=main");
        await clone.CommitAsync("Start");
        return clone;
    }

    public async Task CommitAsync(string message)
    {
        await GitAsync("add", "--all");
        await GitAsync("commit", "--quiet", "--message", message);
    }

    public Task<Shell.Result> PushAsync() =>
        Shell.RunAsync(folder, "git", "push", new Uri(server, $"/git/{project}.git").ToString(), "main");

    private async Task GitAsync(params string[] arguments)
    {
        string[] who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        var result = await Shell.RunAsync(folder, "git", [.. who, .. arguments]);
        Assert.True(result.ExitCode == 0, result.ToString());
    }
}
