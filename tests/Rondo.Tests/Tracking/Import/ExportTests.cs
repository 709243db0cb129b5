using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Rondo.Cli.Transfer;
using Rondo.Conformance;

namespace Rondo.Tests.Tracking.Import;

public sealed class ExportTests
{
    [Fact]
    public async Task An_experiment_is_the_same_in_another_Rondo()
    {
        await using var one = await ImportHarness.StartAsync();
        await using var database = await MlflowDatabase.CreateAsync(one.File);
        await MlflowContent.FillAsync(database, one.Folder);
        await one.ImportAsync();
        var zip = Path.Combine(one.Folder, "export.zip");

        var counts = await one.ExportAsync(MlflowContent.Main, zip);
        await using var other = await ImportHarness.StartAsync();
        // Ids of experiments are the server's own.
        await other.Server.PostAsync("experiments/create", new { name = "first" });
        await other.Server.PostAsync("experiments/create", new { name = "second" });
        var first = await ImportAsync(other, zip);
        var again = await ImportAsync(other, zip);

        Assert.Equal((2, 1, 3), (counts["run"], counts["loggedModel"], counts["file"]));
        Assert.Empty(first.Problems);
        Assert.All(again.Kinds, row => Assert.Equal((row.Kind, row.Read), (row.Kind, row.There)));
        Assert.Equal(await one.RecordsAsync(MlflowContent.Main), await other.RecordsAsync(MlflowContent.Main));
        var root = (await other.RunAsync(MlflowContent.Big))
            .GetProperty("info")
            .GetProperty("artifact_uri")
            .GetString()!;
        Assert.StartsWith("mlflow-artifacts:/3/", root);
        var file = ProxyFolders.AddressOf(ProxyFolders.PathOf(root) + "/data/ünï cöde #1.txt");
        Assert.Equal("text", await other.Server.Client.GetStringAsync(file));
    }

    [Fact]
    public async Task An_export_comes_back_into_its_own_server_without_a_change_and_never_takes_a_file_away()
    {
        await using var one = await ImportHarness.StartAsync();
        var run = await one.Server.NewRunAsync();
        await one.Server.PostAsync(
            "runs/log-parameter",
            new
            {
                run_id = run,
                key = "a",
                value = "1",
            }
        );
        var zip = Path.Combine(one.Folder, "export.zip");
        await one.ExportAsync("Default", zip);
        var before = await one.RecordsAsync("Default");

        var answer = await ImportAsync(one, zip);

        Assert.All(answer.Kinds, row => Assert.Equal((row.Kind, row.Read), (row.Kind, row.There)));
        Assert.Equal(before, await one.RecordsAsync("Default"));
        var error = await Assert.ThrowsAsync<RondoException>(() => one.ExportAsync("Default", zip));
        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
    }

    [Theory]
    [InlineData("files/../../etc/passwd")]
    [InlineData("files/run/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("files/run/a\\b")]
    [InlineData("files/run")]
    [InlineData("files//x")]
    [InlineData("other/run/x")]
    public async Task A_name_that_leads_elsewhere_is_refused_before_anything_is_sent(string name)
    {
        await using var import = await ImportHarness.StartAsync();
        var zip = Path.Combine(import.Folder, "hostile.zip");
        await WriteAsync(zip, (ExportArchive.Records, """{"kind":"experiment","name":"hostile"}"""), (name, "x"));

        var error = await Assert.ThrowsAsync<RondoException>(() => ImportAsync(import, zip));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        var (status, _) = await import.Server.SendAsync("GET", "experiments/get-by-name?experiment_name=hostile");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task An_entry_that_is_larger_than_it_says_and_a_file_that_is_no_export_are_refused()
    {
        await using var import = await ImportHarness.StartAsync();
        var zip = Path.Combine(import.Folder, "hostile.zip");
        var record = """{"kind":"experiment","name":"hostile"}""";
        await WriteAsync(zip, (ExportArchive.Records, record));
        await SayLengthAsync(zip, record.Length, 5);
        var larger = await Assert.ThrowsAsync<RondoException>(() => ImportAsync(import, zip));
        Assert.NotEqual(ErrorCode.Internal, larger.Code);

        File.Delete(zip);
        await WriteAsync(zip, ("readme.txt", "x"));
        Assert.Equal(
            ErrorCode.InvalidArgument,
            (await Assert.ThrowsAsync<RondoException>(() => ImportAsync(import, zip))).Code
        );
        await File.WriteAllTextAsync(zip, "PK, but not really");
        Assert.Equal(
            ErrorCode.InvalidArgument,
            (await Assert.ThrowsAsync<RondoException>(() => ImportAsync(import, zip))).Code
        );
    }

    [Fact]
    public async Task A_file_that_is_damaged_is_told_and_comes_whole_from_a_good_export_the_next_time()
    {
        await using var one = await ImportHarness.StartAsync();
        await using var other = await ImportHarness.StartAsync();
        await FillAsync(one);
        var good = Path.Combine(one.Folder, "good.zip");
        await one.ExportAsync(MlflowContent.Main, good);
        var damaged = Path.Combine(one.Folder, "damaged.zip");
        await DamageAsync(good, damaged, name => name.EndsWith("cöde #1.txt", StringComparison.Ordinal));

        var first = await ImportAsync(other, damaged);
        var second = await ImportAsync(other, good);

        var problem = Assert.Single(first.Problems);
        Assert.Equal(TransferTally.Files, problem.Kind);
        Assert.Contains("is damaged", problem.Why, StringComparison.Ordinal);
        Assert.Equal(1, second.Kinds.Single(row => row.Kind == TransferTally.Files).Written);
        Assert.Empty(second.Problems);
        Assert.Equal("text", await ImportMlflowTests.FileAsync(other, MlflowContent.Big, "data/ünï cöde #1.txt"));
    }

    [Fact]
    public async Task Records_that_are_damaged_are_refused_before_anything_is_sent()
    {
        await using var one = await ImportHarness.StartAsync();
        await using var other = await ImportHarness.StartAsync();
        await FillAsync(one);
        var good = Path.Combine(one.Folder, "good.zip");
        await one.ExportAsync(MlflowContent.Main, good);
        var damaged = Path.Combine(one.Folder, "damaged.zip");
        await DamageAsync(good, damaged, name => name == ExportArchive.Records);

        var error = await Assert.ThrowsAsync<RondoException>(() => ImportAsync(other, damaged));

        Assert.Contains("records.jsonl is damaged", error.What, StringComparison.Ordinal);
        var (status, _) = await other.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Big);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("null")]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"kind":"other"}""")]
    [InlineData("""{"kind":"experiment","name":null}""")]
    [InlineData("""{"kind":"run","id":5}""")]
    [InlineData("""{"kind":"experiment","name":"a\u0000b"}""")]
    public async Task A_line_that_is_no_record_is_the_callers_fault(string line)
    {
        await using var import = await ImportHarness.StartAsync();

        foreach (var path in new[] { "/api/v1/tracking/import", "/api/v1/projects/mlflow/models/import" })
        {
            var (status, _) = await import.Server.SendAsync("POST", path, line);
            Assert.Equal(HttpStatusCode.BadRequest, status);
        }
    }

    [Theory]
    [InlineData("""{"kind":"run","id":"../x","experiment":"Default","status":"FINISHED"}""")]
    [InlineData("""{"kind":"run","id":"a","experiment":"nowhere","status":"FINISHED"}""")]
    [InlineData("""{"kind":"run","id":"a","experiment":"Default","status":"DONE"}""")]
    [InlineData("""{"kind":"points","run":"a","points":[{"key":"k","value":1,"at":1,"step":0}]}""")]
    [InlineData("""{"kind":"experiment","name":" "}""")]
    [InlineData("""{"kind":"aliases","model":"m","aliases":{"a":"1"}}""")]
    public async Task What_cannot_be_taken_in_is_told_and_the_rest_is_there(string line)
    {
        await using var import = await ImportHarness.StartAsync();
        var good = """{"kind":"experiment","name":"good"}""";

        var (status, body) = await import.Server.SendAsync("POST", "/api/v1/tracking/import", good + "\n" + line);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, JsonElement.Parse(body).GetProperty("problems").GetArrayLength());
        await import.ExperimentAsync("good");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("mlflow-artifacts:/1/%2e%2e/x")]
    public async Task A_version_does_not_come_with_a_path_of_the_servers_disk(string source)
    {
        await using var import = await ImportHarness.StartAsync();
        var lines = $$"""
            {"kind":"registeredModel","name":"price"}
            {"kind":"modelVersion","model":"price","version":1,"source":"{{source}}"}
            """;

        var (status, body) = await import.Server.SendAsync("POST", "/api/v1/projects/mlflow/models/import", lines);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, JsonElement.Parse(body).GetProperty("problems").GetArrayLength());
        var (missing, _) = await import.Server.SendAsync("GET", "model-versions/get?name=price&version=1");
        Assert.Equal(HttpStatusCode.NotFound, missing);
    }

    [Fact]
    public async Task An_MLflow_on_PostgreSQL_is_read_as_one_on_SQLite()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("RONDO_TEST_DATABASE") == "postgres",
            "It needs PostgreSQL."
        );
        var cluster = await PostgresCluster.SharedAsync();
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(await cluster.NewDatabaseAsync());
        await using var import = await ImportHarness.StartAsync();
        await using var database = await MlflowDatabase.CreateAsync(
            new Npgsql.NpgsqlConnection(connection.ConnectionString)
        );
        await MlflowContent.FillAsync(database, import.Folder);
        var login = $"{connection.Username}:{Uri.EscapeDataString(connection.Password ?? "")}";

        await import.ImportAsync(
            $"postgresql+psycopg2://{login}@{connection.Host}:{connection.Port}/{connection.Database}"
        );

        await ImportMlflowTests.RequireExperimentsAsync(import);
        await ImportMlflowTests.RequireRunsAsync(import);
        await ImportMlflowTests.RequireRegistryAsync(import);
    }

    private static Task<TransferAnswer> ImportAsync(ImportHarness import, string zip) =>
        import.ImportAsync(zip, artifacts: null, dryRun: false);

    private static async Task WriteAsync(string file, params (string Name, string Content)[] entries)
    {
        await using var stream = File.Create(file);
        await using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            await using var entry = await zip.CreateEntry(name).OpenAsync();
            await entry.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content));
        }
    }

    private static async Task FillAsync(ImportHarness import)
    {
        await using var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        await import.ImportAsync();
    }

    // Of an entry everything can be unpacked, and its check sum is another.
    private static async Task DamageAsync(string zip, string damaged, Func<string, bool> which)
    {
        byte[] sum;
        await using (var archive = await ZipFile.OpenReadAsync(zip))
        {
            sum = BitConverter.GetBytes(archive.Entries.Single(entry => which(entry.FullName)).Crc32);
        }

        var bytes = await File.ReadAllBytesAsync(zip);
        for (var i = bytes.AsSpan().IndexOf(sum); i >= 0; i = bytes.AsSpan().IndexOf(sum))
        {
            bytes[i] ^= 1;
        }

        await File.WriteAllBytesAsync(damaged, bytes);
    }

    // Every place that says how long the entry is says something else then.
    private static async Task SayLengthAsync(string zip, int length, int told)
    {
        var bytes = await File.ReadAllBytesAsync(zip);
        for (var i = 0; i + 4 <= bytes.Length; i++)
        {
            if (BitConverter.ToInt32(bytes, i) == length)
            {
                BitConverter.GetBytes(told).CopyTo(bytes, i);
            }
        }

        await File.WriteAllBytesAsync(zip, bytes);
    }
}
