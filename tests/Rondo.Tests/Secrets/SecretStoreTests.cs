using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Secrets;
using Rondo.Secrets.Keys;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Secrets;

public sealed class SecretStoreTests : IAsyncLifetime
{
    private const string Project = "transit";
    private const string Value = "correct horse battery staple";

    private TestKernel _kernel = null!;
    private SecretStore _secrets = null!;

    public async ValueTask InitializeAsync()
    {
        _kernel = await TestKernel.StartAsync(SecretsModule.Schema);
        await new ProjectStore(_kernel.Database, _kernel.Log, _kernel.Time).CreateAsync(Project, Actor.Local);
        _secrets = Store();
    }

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R249")]
    public async Task A_secret_has_versions_and_the_same_value_again_is_no_new_one()
    {
        Assert.Equal((1, true), await SetAsync("one"));
        Assert.Equal((1, false), await SetAsync("one"));
        Assert.Equal((2, true), await SetAsync("two"));

        var secret = Assert.Single(await _secrets.ListAsync(Project));
        Assert.Equal(("api-token", null, 2), (secret.Name, secret.Environment, secret.Version));
        Assert.Equal([2, 1], secret.Versions.Select(version => (int)version.Version));
        Assert.Equal("two", await ValueAsync());
    }

    [Fact]
    public async Task An_environment_may_have_a_value_of_its_own()
    {
        await SetAsync("for all");
        await SetAsync("for production", "production");

        Assert.Equal("for production", await ValueAsync("production"));
        Assert.Equal("for all", await ValueAsync("test"));
        Assert.Equal("api-token@production.1", (await UseAsync("production")).ToString());
        Assert.Equal(await UseAsync("production"), SecretUse.Parse("api-token@production.1"));
        Assert.Equal(await UseAsync("test"), SecretUse.Parse("api-token@1"));
    }

    [Fact]
    public async Task A_deleted_secret_is_gone_and_its_version_numbers_are_not_used_again()
    {
        await SetAsync("one");
        await _secrets.DeleteAsync(Place(), Actor.Local);

        Assert.Empty(await _secrets.ListAsync(Project));
        var missing = await Assert.ThrowsAsync<RondoException>(() => UseAsync("test"));
        Assert.Contains("has no secret 'api-token'", missing.Message);
        Assert.Contains("rondo secrets set api-token --project transit", missing.Message);
        await Assert.ThrowsAsync<RondoException>(() => _secrets.DeleteAsync(Place(), Actor.Local));
        Assert.Equal((2, true), await SetAsync("one"));
    }

    [Fact]
    public async Task The_version_of_a_moment_ago_can_still_be_had_an_older_one_not()
    {
        await SetAsync("one");
        var first = await UseAsync("test");
        await SetAsync("two");
        Assert.Equal("one", (await _secrets.ValuesAsync(Project, [first]))[first]);
        await SetAsync("three");

        var gone = await Assert.ThrowsAsync<RondoException>(() => _secrets.ValuesAsync(Project, [first]));
        Assert.Contains("has lost its version 1", gone.Message);
    }

    [Fact]
    [Trait("Requirement", "R249")]
    public async Task Neither_the_database_nor_an_event_nor_a_file_holds_a_value_and_only_the_owner_reads_the_key()
    {
        await SetAsync(Value);
        await SetAsync(Value + "!");
        await _secrets.DeleteAsync(Place(), Actor.Local);
        await SetAsync(Value);

        var events = await _kernel.Log.ReadAsync(0, 100, new EventFilter());
        Assert.Equal(
            ["secret.set", "secret.set", "secret.deleted", "secret.set"],
            events.Where(e => e.Type.StartsWith("secret.")).Select(e => e.Type)
        );
        Assert.All(events, e => Assert.DoesNotContain(Value, e.Data.GetRawText()));
        foreach (var file in Directory.EnumerateFiles(_kernel.Folder, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Value, ReadShared(file));
        }

        var mode = File.GetUnixFileMode(Path.Combine(_kernel.Folder, "secrets.key"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public async Task A_key_that_others_can_read_and_one_that_is_another_are_refused()
    {
        await SetAsync(Value);
        var use = await UseAsync("test");
        var other = Store(Convert.ToBase64String(new byte[32]));

        Assert.Contains(
            "were sealed with key",
            (await Assert.ThrowsAsync<RondoException>(() => other.ValuesAsync(Project, [use]))).Message
        );
        Assert.Contains(
            "openssl rand -base64 32",
            (await Assert.ThrowsAsync<RondoException>(() => Store("short").ValuesAsync(Project, [use]))).Message
        );
        File.SetUnixFileMode(Path.Combine(_kernel.Folder, "secrets.key"), (UnixFileMode)0b110_100_000);
        Assert.Contains(
            "can be read by others",
            (await Assert.ThrowsAsync<RondoException>(() => Store().ValuesAsync(Project, [use]))).Message
        );
    }

    [Fact]
    public async Task A_sealed_value_is_worth_nothing_in_another_place_and_a_changed_one_is_noticed()
    {
        await SetAsync(Value);
        await _secrets.SetAsync(new(Project, "other", null), "of another", Actor.Local);
        await _kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                """
                update secrets_version set sealed = (select sealed from secrets_version where name = 'api-token')
                where name = 'other'
                """
            )
        );
        var use = new SecretUse("other", null, 1);

        var moved = await Assert.ThrowsAsync<RondoException>(() => _secrets.ValuesAsync(Project, [use]));
        Assert.Equal(ErrorCode.DataCorrupt, moved.Code);
    }

    [Theory]
    [InlineData("API", null, "value", "cannot name a secret")]
    [InlineData("api-token", "moon", "value", "no environment 'moon'")]
    [InlineData("api-token", null, "", "cannot be the value")]
    [InlineData("api-token", null, "a\0b", "cannot be the value")]
    public async Task What_cannot_be_a_secret_is_refused(string name, string? environment, string value, string because)
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _secrets.SetAsync(new(Project, name, environment), value, Actor.Local)
        );

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public async Task Two_servers_that_make_a_key_at_once_have_the_same()
    {
        var paths = new ServerPaths(_kernel.Folder, "");

        var keys = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => new SecretKeys(paths, null).GetOrMake().Id))
        );

        Assert.Single(keys.Distinct());
    }

    private SecretStore Store(string? key = null) =>
        new(
            _kernel.Database,
            new SecretKeys(new ServerPaths(_kernel.Folder, ""), key),
            new ProjectStore(_kernel.Database, _kernel.Log, _kernel.Time),
            _kernel.Log,
            _kernel.Time
        );

    private static SecretPlace Place(string? environment = null) => new(Project, "api-token", environment);

    private async Task<(int Version, bool Changed)> SetAsync(string value, string? environment = null)
    {
        var set = await _secrets.SetAsync(Place(environment), value, Actor.Local);
        return ((int)set.Version, set.Changed);
    }

    private async Task<SecretUse> UseAsync(string environment) =>
        (await _secrets.ResolveAsync(Project, environment, ["api-token"]))["api-token"];

    private async Task<string> ValueAsync(string environment = "test")
    {
        var use = await UseAsync(environment);
        return (await _secrets.ValuesAsync(Project, [use]))[use];
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
