using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rondo.Tests.Tracking;

public sealed class ArtifactTests
{
    private const string Files = "/api/2.0/mlflow-artifacts/artifacts";

    [Fact]
    public async Task A_file_is_put_listed_read_and_removed()
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var (path, body) in new[] { ("0/r/artifacts/a b.json", "{}"), ("0/r/artifacts/sub/m.bin", "12345") })
        {
            Assert.Equal(
                (HttpStatusCode.OK, "{}"),
                await server.SendAsync("PUT", $"{Files}/{path}", body, "text/plain")
            );
        }

        Assert.Equal(
            (
                HttpStatusCode.OK,
                """{"files":[{"path":"a b.json","is_dir":false,"file_size":2},{"path":"sub","is_dir":true}]}"""
            ),
            await server.SendAsync("GET", Files + "?path=0/r/artifacts")
        );
        foreach (var empty in new[] { "0/r/artifacts/a b.json", "0/none" })
        {
            Assert.Equal((HttpStatusCode.OK, "{}"), await server.SendAsync("GET", $"{Files}?path={empty}"));
        }

        using var read = await server.Client.GetAsync(Files + "/0/r/artifacts/a%20b.json");
        Assert.Equal("{}", await read.Content.ReadAsStringAsync());
        Assert.Equal("application/json", read.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", read.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", Assert.Single(read.Headers.GetValues("X-Content-Type-Options")));

        Assert.Equal((HttpStatusCode.OK, "{}"), await server.SendAsync("DELETE", Files + "/0/r"));
        Assert.Equal((HttpStatusCode.OK, "{}"), await server.SendAsync("GET", Files + "?path=0"));
        foreach (var gone in new[] { "0/r/artifacts/a%20b.json", "0" })
        {
            var (status, answer) = await server.SendAsync("GET", $"{Files}/{gone}");
            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.Contains("RESOURCE_DOES_NOT_EXIST", answer);
        }
    }

    [Fact]
    public async Task A_file_that_is_large_arrives_as_it_was_sent()
    {
        await using var server = await TrackingHarness.StartAsync();
        var bytes = new byte[40 * 1024 * 1024];
        new Random(1).NextBytes(bytes);

        using var put = await server.Client.PutAsync(Files + "/big.bin", new ByteArrayContent(bytes));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var read = await server.Client.GetByteArrayAsync(Files + "/big.bin");
        Assert.True(bytes.AsSpan().SequenceEqual(read));
        Assert.Equal(
            """{"files":[{"path":"big.bin","is_dir":false,"file_size":41943040}]}""",
            (await server.SendAsync("GET", Files)).Body
        );
    }

    [Theory]
    [InlineData("..%2f..%2fsecret")]
    [InlineData("a/..%2f..%2fsecret")]
    [InlineData("%2e%2e/secret")]
    [InlineData("a/%2e%2e/%2e%2e/secret")]
    [InlineData("%252e%252e%252fsecret")]
    [InlineData("%25252e%25252e%25252fsecret")]
    [InlineData("..%5c..%5csecret")]
    [InlineData("%2fetc%2fpasswd")]
    [InlineData("/etc/passwd")]
    [InlineData("0/r/artifacts/../evil")]
    [InlineData("0/r/artifacts/%2e%2e/evil")]
    [InlineData("0/r/./evil")]
    [InlineData("a//b")]
    [InlineData("a%00b")]
    [InlineData("c:%2fx")]
    public async Task No_name_leads_out_of_the_folder(string path)
    {
        await using var server = await TrackingHarness.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Kernel.Folder, "secret"), "mine");

        foreach (var method in new[] { "GET", "PUT", "DELETE" })
        {
            var answer = await RawAsync(server.Address, method, $"{Files}/{path}");
            // Kestrel refuses or resolves some by itself: then no route of artifacts is reached.
            Assert.Matches("^HTTP/1.1 (400|404)", answer);
            Assert.DoesNotContain("mine", answer);
        }

        var listed = await RawAsync(server.Address, "GET", $"{Files}?path={path}");
        Assert.Matches("^HTTP/1.1 400", listed);
        Assert.Contains("INVALID_PARAMETER_VALUE", listed);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(server.Kernel.Folder, "secret")));
    }

    [Fact]
    public async Task A_file_does_not_take_the_place_of_a_folder_nor_a_folder_that_of_a_file()
    {
        await using var server = await TrackingHarness.StartAsync();
        await server.SendAsync("PUT", Files + "/a/b", "x", "text/plain");
        foreach (var path in new[] { "a", "a/b/c", "a/b/c/d" })
        {
            Assert.Equal(
                HttpStatusCode.BadRequest,
                (await server.SendAsync("PUT", $"{Files}/{path}", "y", "text/plain")).Status
            );
        }

        Assert.Equal("x", (await server.SendAsync("GET", Files + "/a/b")).Body);
    }

    [Fact]
    public async Task A_disk_that_does_not_let_the_server_write_is_no_fault_of_the_caller()
    {
        await using var server = await TrackingHarness.StartAsync();
        var artifacts = Directory.CreateDirectory(Path.Combine(server.Kernel.Folder, "artifacts")).FullName;
        // Nobody may make or remove anything there.
        Directory.CreateSymbolicLink(Path.Combine(artifacts, "stuck"), "/proc");

        foreach (var (method, path, body) in new[] { ("PUT", "stuck/a/b", "x"), ("DELETE", "stuck/version", null) })
        {
            var (status, answer) = await server.SendAsync(method, $"{Files}/{path}", body, "text/plain");

            Assert.True(status == HttpStatusCode.ServiceUnavailable, answer);
            Assert.Contains("TEMPORARILY_UNAVAILABLE", answer, StringComparison.Ordinal);
            Assert.Contains("check the permissions and the disk", answer, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(artifacts));
    }

    [Fact]
    public async Task A_path_that_is_longer_than_the_disk_takes_is_the_callers_fault()
    {
        await using var server = await TrackingHarness.StartAsync();
        var path = string.Join('/', Enumerable.Repeat(new string('a', 200), 20)) + "/" + new string('b', 70);

        var (status, answer) = await server.SendAsync("PUT", $"{Files}/{path}", "x", "text/plain");

        Assert.True(status == HttpStatusCode.BadRequest, answer);
    }

    [Fact]
    public async Task A_folder_may_be_named_with_a_slash_at_its_end()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        await server.SendAsync("PUT", $"{Files}/0/{run}/artifacts/model/MLmodel", "{}", "text/plain");

        var proxied = await server.SendAsync("GET", $"{Files}?path=0/{run}/artifacts/model/");
        var ofRun = await server.GetAsync($"artifacts/list?run_id={run}&path=model/");

        Assert.Equal((HttpStatusCode.OK, """{"files":[{"path":"MLmodel","is_dir":false,"file_size":2}]}"""), proxied);
        Assert.Equal("model/MLmodel", ofRun.GetProperty("files")[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task Who_removes_a_folder_that_others_write_to_harms_nobody()
    {
        await using var server = await TrackingHarness.StartAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(who =>
                    Task.Run(async () =>
                    {
                        var statuses = new List<HttpStatusCode>();
                        for (var i = 0; i < 80; i++)
                        {
                            var (method, path, body) = (who % 3) switch
                            {
                                0 => ("PUT", $"{Files}/0/dir/f{who}-{i}", "x"),
                                1 => ("DELETE", $"{Files}/0/dir", null),
                                _ => ("GET", $"{Files}?path=0/dir", (string?)null),
                            };
                            statuses.Add((await server.SendAsync(method, path, body, "text/plain")).Status);
                        }

                        return statuses;
                    })
                )
        );

        Assert.All(
            answers.SelectMany(one => one),
            status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable })
        );
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Kernel.Folder, "artifacts")));
    }

    // A client that does not tidy up the path before it sends it.
    private static async Task<string> RawAsync(Uri server, string method, string path)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Host, server.Port);
        await using var stream = socket.GetStream();
        var request =
            $"{method} {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
