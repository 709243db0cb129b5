namespace Rondo.Tests.Sdk;

/// <summary>What the analyzer says about steps whose outputs may be used again, and what it leaves alone.</summary>
public sealed class ReproducibilityTests
{
    private const string Before = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Net.Http;
        using System.Security.Cryptography;
        using System.Threading.Tasks;
        using Rondo.Data;
        using Rondo.Sdk;

        namespace Microsoft.ML { public class MLContext(int? seed = null) { public int Regression => seed ?? 0; public int Model => 0; } }
        namespace Shop
        {
            using Microsoft.ML;

            public static class Steps
            {

        """;

    [Theory]
    [InlineData("RONDO010", "DateTime.Now", "public static int S() => DateTime.Now.Year;")]
    [InlineData("RONDO010", "DateTime.UtcNow", "public static int S() => DateTime.UtcNow.Year;")]
    [InlineData("RONDO010", "DateTime.Today", "public static int S() => DateTime.Today.Year;")]
    [InlineData("RONDO010", "DateTimeOffset.UtcNow", "public static int S() => DateTimeOffset.UtcNow.Year;")]
    [InlineData("RONDO010", "TimeProvider.System", "public static int S() => TimeProvider.System.GetUtcNow().Year;")]
    [InlineData("RONDO011", "new Random() without a seed", "public static int S() => new Random().Next();")]
    [InlineData("RONDO011", "Random.Shared", "public static int S() => Random.Shared.Next();")]
    [InlineData(
        "RONDO011",
        "RandomNumberGenerator.GetInt32",
        "public static int S() => RandomNumberGenerator.GetInt32(3);"
    )]
    [InlineData("RONDO011", "Enumerable.Shuffle", "public static int S() => new[] { 1, 2 }.Shuffle().First();")]
    [InlineData("RONDO011", "string.GetHashCode", "public static int S(string text) => text.GetHashCode();")]
    [InlineData("RONDO011", "new MLContext() without a seed", "public static int S() => new MLContext().Regression;")]
    [InlineData(
        "RONDO011",
        "new MLContext() without a seed",
        "public static int S() => new MLContext(seed: null).Regression;"
    )]
    [InlineData("RONDO012", "Guid.NewGuid", "public static string S() => Guid.NewGuid().ToString();")]
    [InlineData("RONDO012", "Guid.CreateVersion7", "public static string S() => Guid.CreateVersion7().ToString();")]
    [InlineData(
        "RONDO013",
        "the environment variable 'HOME'",
        "public static string? S() => Environment.GetEnvironmentVariable(\"HOME\");"
    )]
    [InlineData(
        "RONDO013",
        "an environment variable",
        "public static string? S(string name) => Environment.GetEnvironmentVariable(name);"
    )]
    [InlineData("RONDO013", "Environment.MachineName", "public static string S() => Environment.MachineName;")]
    [InlineData("RONDO013", "Environment.ProcessorCount", "public static int S() => Environment.ProcessorCount;")]
    [InlineData("RONDO013", "TimeZoneInfo.Local", "public static string S() => TimeZoneInfo.Local.Id;")]
    [InlineData("RONDO014", "File.ReadAllText", "public static string S() => File.ReadAllText(\"rows.csv\");")]
    [InlineData("RONDO014", "File.ReadAllText", "public static string S(string path) => File.ReadAllText(path);")]
    [InlineData("RONDO014", "Directory.GetFiles", "public static int S() => Directory.GetFiles(\"data\").Length;")]
    [InlineData(
        "RONDO014",
        "a StreamReader",
        "public static int S() { using var r = new StreamReader(\"a\"); return r.Read(); }"
    )]
    [InlineData(
        "RONDO014",
        "a FileStream",
        "public static int S() { using var r = new FileStream(\"a\", FileMode.Open); return r.ReadByte(); }"
    )]
    [InlineData(
        "RONDO014",
        "HttpClient.GetStringAsync",
        "public static async Task<string> S() => await s_http.GetStringAsync(\"http://x\"); static readonly HttpClient s_http = new();"
    )]
    public async Task A_cacheable_step_that_is_not_reproducible_is_warned_about(string rule, string what, string step)
    {
        var found = await SourceCode.AnalyzedAsync(Project("[Step] " + step));

        var one = Assert.Single(found);
        Assert.Equal(rule, one.Id);
        Assert.Contains($"Step 'S' uses {what}", one.GetMessage());
        Assert.Contains("[Step(Cache = false)]", one.GetMessage());
    }

    [Theory]
    [InlineData(
        "[Step(Cache = false)] public static string S() => DateTime.Now + Guid.NewGuid().ToString() + Random.Shared.Next() + File.ReadAllText(\"a\");"
    )]
    [InlineData("[Step] public static void S() => Console.WriteLine(DateTime.Now);")]
    [InlineData("[Step] public static async Task S() { await Task.Yield(); Console.WriteLine(DateTime.Now); }")]
    [InlineData("public static int NoStep() => DateTime.Now.Year;")]
    [InlineData(
        "[Step] public static int S(StepContext context) => context.Random.Next() + new Random(context.Seed).Next() + new MLContext(seed: 1).Regression;"
    )]
    [InlineData(
        "[Step] public static long S() { var watch = System.Diagnostics.Stopwatch.StartNew(); return TimeProvider.System.GetTimestamp() + watch.ElapsedTicks; }"
    )]
    [InlineData(
        "[Step, Environment(\"MODE\", \"fast\"), Secret(\"TOKEN\", \"chat\")] public static string? S() => Environment.GetEnvironmentVariable(\"MODE\") + Environment.GetEnvironmentVariable(\"TOKEN\");"
    )]
    [InlineData(
        "[Step] public static string? S() => Environment.GetEnvironmentVariable(\"MODE\"); public static void Build(Graph g) => g.S().Environment(\"MODE\", \"fast\");"
    )]
    [InlineData("[Step] public static int S() => new MLContext().Model;")]
    [InlineData("[Step] public static string S(FileArtifact file) => File.ReadAllText(file.Path);")]
    [InlineData(
        "[Step] public static string S(StepContext context) { var path = Path.Combine(context.WorkFolder, \"a\"); File.WriteAllText(path, \"b\"); return File.ReadAllText(path); }"
    )]
    [InlineData(
        "[Step] public static string S(FileArtifact file) => Read(file.Path); static string Read(string path) => File.ReadAllText(path);"
    )]
    [InlineData(
        "[Step] public static int S(string text) => text.Length; sealed record Key(string Text) { public override int GetHashCode() => Text.GetHashCode(); }"
    )]
    [InlineData(
        "[Step] public static DateTime S() => new DateTime(2024, 5, 1); public static DateTime Elsewhere => DateTime.Now;"
    )]
    public async Task What_is_reproducible_uncached_or_no_step_is_left_alone(string members) =>
        Assert.Empty(await SourceCode.AnalyzedAsync(Project(members)));

    [Fact]
    public async Task What_a_step_calls_is_followed_and_told()
    {
        var found = await SourceCode.AnalyzedAsync(
            Project(
                """
                [Step] public static string S(string text) => new Stamper().Stamp(text);
                [Step] public static string T(string text) => new Stamper().Stamp(text);

                sealed class Stamper
                {
                    private readonly string _id = Guid.NewGuid().ToString();
                    private static readonly Random s_random = new();
                    private static int Year => DateTime.Now.Year;

                    public string Stamp(string text)
                    {
                        return string.Join("", text.Select(Letter));
                        string Letter(char letter) => _id + letter + Year + s_random.Next();
                    }
                }
                """
            )
        );

        Assert.Equal(["RONDO010", "RONDO011", "RONDO012"], found.Select(one => one.Id).Order());
        Assert.All(found, one => Assert.StartsWith("Step 'S' uses", one.GetMessage()));
        Assert.Contains(
            "DateTime.Now (through Stamper.Stamp → Stamper.get_Year)",
            found.Single(one => one.Id == "RONDO010").GetMessage()
        );
    }

    [Fact]
    public async Task Calls_in_a_circle_and_far_away_end()
    {
        var far = string.Join(
            "\n",
            Enumerable.Range(0, 20).Select(number => $"static int M{number}(int n) => n > 9 ? M{number + 1}(n) : S(n);")
        );
        var found = await SourceCode.AnalyzedAsync(
            Project($"[Step] public static int S(int n) => M0(n); {far} static int M20(int n) => DateTime.Now.Year;")
        );

        Assert.Empty(found);
    }

    private static string Project(string members) => Before + members + "\n}\n}";
}
