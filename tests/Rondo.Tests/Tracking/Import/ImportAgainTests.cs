using System.Net;
using Rondo.Cli.Transfer;
using Rondo.Kernel;
using Rondo.Mlflow.Transfer;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Tracking.Import;

/// <summary>An import after something went away, on either side; and sources that are not as they should be.</summary>
public sealed class ImportAgainTests
{
    [Fact]
    public async Task An_alias_whose_version_came_later_comes_with_it()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        var partly = await import.ImportAsync(null, "cloud");
        Assert.Contains(partly.Problems, problem => problem.Id == "price@champion");

        await import.ImportAsync();

        var champion = await import.Server.GetAsync("registered-models/alias?name=price&alias=champion");
        Assert.Equal("1", champion.GetProperty("model_version").GetProperty("version").GetString());
    }

    [Fact]
    public async Task What_was_removed_for_good_comes_back_whole()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        // A version that came of it would keep it.
        await database.ExecuteAsync("delete from model_versions where version = 3");
        await import.ImportAsync();
        var before = await import.RunAsync(MlflowContent.Child);
        await import.Server.PostAsync("runs/delete", new { run_id = MlflowContent.Child });
        await import
            .Server.Get<DeletedRemoval>()
            .RemoveAsync(
                import.Server.Kernel.Time.GetUtcNow().AddMinutes(1),
                dryRun: false,
                Actor.Local,
                CancellationToken.None
            );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await import.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Child)).Status
        );

        await import.ImportAsync();

        Assert.Equal(before.ToString(), (await import.RunAsync(MlflowContent.Child)).ToString());
    }

    [Fact]
    public async Task A_model_of_the_same_name_that_was_made_since_is_another_one()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await import.ImportAsync();
        var server = import.Server;
        Assert.Equal(
            HttpStatusCode.OK,
            (await server.SendAsync("DELETE", "registered-models/delete", """{"name":"price"}""")).Status
        );
        await server.PostAsync("registered-models/create", new { name = "price" });
        await server.PostAsync("model-versions/create", new { name = "price", source = "s3://own/model" });
        await database.ExecuteAsync("update model_versions set current_stage = 'Deleted_Internal' where version = 1");

        await import.ImportAsync();

        Assert.Equal("s3://own/model", (await import.VersionAsync(1)).GetProperty("source").GetString());
    }

    [Fact]
    public async Task Models_of_other_workspaces_are_left_out_with_all_that_belongs_to_them()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await MlflowContent.VersionAsync(database, 9, "s3://team-b/model", null);
        await database.ExecuteAsync(
            """
            insert into registered_models (name, workspace) values ('price', 'team-b'), ('theirs', 'team-b');
            insert into experiments (experiment_id, name, lifecycle_stage, workspace) values (9, 'Default', 'active', 'team-b');
            insert into model_versions (name, version, source, workspace) values ('price', 1, 's3://team-b/one', 'team-b');
            update model_versions set workspace = 'team-b' where version = 9;
            insert into registered_model_aliases (alias, version, name, workspace) values ('theirs', 4, 'price', 'team-b');
            insert into registered_model_tags (key, value, name, workspace) values ('theirs', 'x', 'price', 'team-b');
            insert into model_version_tags (key, value, name, version, workspace) values ('theirs', 'x', 'price', 1, 'team-b');
            """
        );

        var answer = await import.ImportAsync();

        Assert.Equal(
            [
                "1 experiment of other workspaces than 'default': left out.",
                "2 registered models of other workspaces: left out.",
            ],
            answer.Notes
        );
        var model = await import.Server.GetAsync("registered-models/get?name=price");
        Assert.DoesNotContain("theirs", model.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("theirs", (await import.VersionAsync(1)).ToString(), StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await import.Server.SendAsync("GET", "model-versions/get?name=price&version=9")).Status
        );
    }

    [Fact]
    public async Task A_database_does_not_choose_which_folders_of_the_disk_are_sent()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        var home = Path.Combine(import.Folder, "ann");
        Directory.CreateDirectory(home);
        await File.WriteAllTextAsync(Path.Combine(home, "private"), "x", TestContext.Current.CancellationToken);
        await database.ExecuteAsync(
            $"insert into runs (run_uuid, artifact_uri, experiment_id, status) values ('ann', '{home}', 1, 'FINISHED')"
        );

        await import.ImportAsync();

        var files = Directory.EnumerateFiles(
            Path.Combine(import.Server.Kernel.Folder, "artifacts"),
            "private",
            SearchOption.AllDirectories
        );
        Assert.Empty(files);
    }

    [Theory]
    [InlineData("Host=db;Database=m;Username=u;Password=s3cret")]
    [InlineData("postgresql:/u:s3cret@h/m")]
    [InlineData("mysql://u:s3cret@h/m")]
    public async Task What_may_hold_a_password_is_not_repeated(string source)
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            TransferSources.OpenAsync(source, null, [], CancellationToken.None)
        );

        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"experiment","name":"x","tags":{"a":null}}""")]
    [InlineData("""{"kind":"points","run":"r","points":[null]}""")]
    [InlineData("""{"kind":"points","run":"r","points":[{"value":1,"at":0,"step":0}]}""")]
    [InlineData("""{"kind":"nothing"}""")]
    public void A_record_that_is_not_whole_is_refused_with_its_line(string record)
    {
        var refused = Assert.Throws<RondoException>(() => TransferJson.Read(record, 2));

        Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
        Assert.Contains("Line 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_rejected_here_stays_so_whatever_becomes_of_it_at_its_source()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync("update model_versions set current_stage = 'Archived' where version = 4");
        await import.ImportAsync();
        foreach (var state in new[] { "pending", "rejected" })
        {
            var (decided, answer) = await import.Server.SendAsync(
                "POST",
                "/api/v1/projects/mlflow/models/price/versions/4/state",
                $$"""{"state":"{{state}}","reason":"never serve it"}"""
            );
            Assert.True(decided == HttpStatusCode.OK, answer);
        }

        await database.ExecuteAsync(
            "update model_versions set current_stage = 'Production', description = 'moved' where version = 4"
        );
        await import.ImportAsync();

        var version = await import.VersionAsync(4);
        Assert.Equal("moved", version.GetProperty("description").GetString());
        Assert.Equal("Archived", version.GetProperty("current_stage").GetString());
        var history = await import.Server.GetAsync("/api/v1/projects/mlflow/models/price/versions/4/history");
        Assert.Equal("rejected", history.EnumerateArray().Last().GetProperty("to").GetString());
    }

    [Theory]
    [InlineData(@"C:\Users\me\mlruns\1", @"C:\Users\me\mlruns\1")]
    [InlineData(@"C:\Users\me\mlruns\1", "file:///C:/Users/me/mlruns/1")]
    [InlineData("file:///C:/Users/me/mlruns/1", @"C:\Users\me\mlruns\1")]
    public async Task A_version_of_a_run_on_Windows_finds_its_files(string ofRun, string ofVersion)
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        var between = ofVersion.Contains('\\') ? @"\" : "/";
        await database.ExecuteAsync(
            $"""
            update runs set artifact_uri = '{ofRun}/{MlflowContent.Big}/artifacts' where run_uuid = '{MlflowContent.Big}';
            update model_versions set source = '{ofVersion}{between}{MlflowContent.Big}{between}artifacts{between}model'
                where version = 1
            """
        );

        await import.ImportAsync();

        var root = (await import.RunAsync(MlflowContent.Big)).GetProperty("info").GetProperty("artifact_uri");
        Assert.Equal(root + "/model", (await import.VersionAsync(1)).GetProperty("source").GetString());
    }

    private static async Task<MlflowDatabase> FillAsync(ImportHarness import)
    {
        var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        return database;
    }
}
