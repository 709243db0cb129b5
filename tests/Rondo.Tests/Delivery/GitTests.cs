using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Rondo.Delivery.Repositories;
using Rondo.Kernel;

namespace Rondo.Tests.Delivery;

public sealed class GitTests : IAsyncLifetime
{
    private DeliveryServer _server = null!;
    private GitClient _git = null!;
    private string _remote = "";

    public async ValueTask InitializeAsync()
    {
        _server = await DeliveryServer.StartAsync();
        _remote = new Uri(_server.Address, "/git/transit.git").ToString();
        _git = await GitClient.CreateAsync(Path.Combine(_server.Folder, "work"), [("README.md", "Hello\n")]);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_branch_beside_main_is_stored_without_a_build_and_can_be_cloned()
    {
        var (exit, _, said) = await _git.TryAsync("push", _remote, "main:topic");

        Assert.True(exit == 0, said);
        Assert.Contains("remote: topic is stored; only main is built", said);
        Assert.Empty(await _server.EventsAsync("build.*"));
        await _git.RunAsync("clone", "--quiet", "--branch", "topic", _remote, "clone");
        Assert.Equal("Hello\n", await File.ReadAllTextAsync(Path.Combine(_git.Folder, "clone", "README.md")));
        var pushed = Assert.Single(await _server.EventsAsync("repository.pushed"));
        Assert.Equal("topic", pushed.Data.GetProperty("branch").GetString());
    }

    [Fact]
    [Trait("Requirement", "R145")]
    public async Task A_push_whose_build_fails_is_refused_with_the_reason_and_changes_nothing()
    {
        var (exit, _, said) = await _git.TryAsync("push", _remote, "main", "main:topic");

        Assert.NotEqual(0, exit);
        Assert.Contains("remote: Refused, nothing has changed: No project of the repository references", said);
        Assert.Contains("pre-receive hook declined", said);
        Assert.Equal("", await _git.RunAsync("ls-remote", _remote));
        var refused = Assert.Single(await _server.EventsAsync("repository.push.refused"));
        Assert.Contains("Rondo.Sdk", refused.Data.GetProperty("reason").GetString());
        Assert.Empty(await _server.EventsAsync("repository.pushed"));
        var builds = await _server.Client.GetStringAsync(new Uri(_server.Address, "/api/v1/projects/transit/builds"));
        Assert.Contains("\"state\":\"failed\"", builds);
    }

    [Fact]
    public async Task Main_can_neither_be_deleted_nor_moved_back()
    {
        await _git.RunAsync("push", _remote, "main:topic");
        var folder = await _server.Get<GitRepositories>().OpenAsync("transit");
        await _git.RunAsync("--git-dir", folder, "update-ref", "refs/heads/main", "refs/heads/topic");

        var deleted = await _git.TryAsync("push", _remote, ":main");
        await _git.RunAsync("commit", "--quiet", "--amend", "--message", "Another past");
        var moved = await _git.TryAsync("push", "--force", _remote, "main");

        Assert.Contains("cannot be deleted", deleted.Error);
        Assert.Contains("only moves forward", moved.Error);
        Assert.NotEmpty(await _git.RunAsync("ls-remote", _remote, "refs/heads/main"));
    }

    [Fact]
    public async Task A_push_past_the_server_is_refused_by_the_hook()
    {
        var folder = await _server.Get<GitRepositories>().OpenAsync("transit");

        var (exit, _, said) = await _git.TryAsync("push", folder, "main:topic");

        Assert.NotEqual(0, exit);
        Assert.Contains("push to the server's address", said);
    }

    [Theory]
    [InlineData("/git/unknown.git/info/refs?service=git-upload-pack")]
    [InlineData("/git/..%2f..%2fetc.git/info/refs?service=git-upload-pack")]
    [InlineData("/git/--upload-pack=touch.git/info/refs?service=git-upload-pack")]
    [InlineData("/git/Transit.git/info/refs?service=git-upload-pack")]
    [InlineData("/git/transit.git.git/info/refs?service=git-upload-pack")]
    public async Task A_repository_that_is_no_project_is_not_found(string path)
    {
        var answer = await _server.Client.GetAsync(new Uri(_server.Address, path));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var paths = _server.Get<ServerPaths>();
        Assert.False(Directory.Exists(paths.RepositoriesFolder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?service=git-shell")]
    public async Task A_client_that_speaks_another_protocol_is_told_so(string query)
    {
        var answer = await _server.Client.GetAsync(new Uri(_server.Address, "/git/transit.git/info/refs" + query));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_request_in_gzip_is_understood_and_answered_in_protocol_2()
    {
        await _git.RunAsync("push", _remote, "main:topic");
        using var body = new MemoryStream();
        await using (var gzip = new GZipStream(body, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync("0014command=ls-refs\n00010009peel\n0000"u8.ToArray());
        }

        using var content = new ByteArrayContent(body.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-git-upload-pack-request");
        content.Headers.ContentEncoding.Add("gzip");
        var uri = new Uri(_server.Address, "/git/transit.git/git-upload-pack");
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = content };
        request.Headers.Add("Git-Protocol", "version=2");

        var answer = await _server.Client.SendAsync(request);

        Assert.Contains("refs/heads/topic", await answer.Content.ReadAsStringAsync());
    }
}
