using System.Security.Cryptography;
using Rondo.Delivery.Builds;
using Rondo.Sdk.Processes;

namespace Rondo.Tests.Delivery;

public sealed class BuildPartsTests : IDisposable
{
    private const string Sdk = """<PackageReference Include="Rondo.Sdk" Version="0.1.0" />""";
    private const string Tests = """<PackageReference Include="xunit.v3" Version="4.0.2" />""";

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_project_that_references_the_Sdk_and_is_no_test_is_released()
    {
        Project("src/Demand/Demand.csproj", Sdk);
        Project("tests/Demand.Tests/Demand.Tests.csproj", Sdk + Tests);
        Project("src/Dates/Dates.csproj", "");

        var released = SourceProject.Released(SourceProject.All(_folder), new ProjectSettings());

        Assert.Equal("src/Demand/Demand.csproj", released.RelativePath);
    }

    [Fact]
    public void Two_projects_that_could_be_released_are_told_apart_by_the_settings()
    {
        Project("a/A.csproj", Sdk);
        Project("b/B.csproj", Sdk);
        var projects = SourceProject.All(_folder);

        var fault = Assert.Throws<BuildFault>(() => SourceProject.Released(projects, new ProjectSettings()));
        var released = SourceProject.Released(projects, new ProjectSettings { Project = "./b/B.csproj" });

        Assert.Contains("a/A.csproj, b/B.csproj", fault.Message);
        Assert.Contains("rondo.json", fault.Message);
        Assert.Equal("B", released.Name);
    }

    [Theory]
    [InlineData("{\"promotion\": \"sometimes\"}", "promotion is 'sometimes'")]
    [InlineData("{\"promotions\": \"manual\"}", "promotions")]
    [InlineData("{\n  nothing\n}", "line 2")]
    public async Task A_mistake_in_the_settings_is_named_with_its_place(string json, string expected)
    {
        Write("rondo.json", json);

        var fault = await Assert.ThrowsAsync<BuildFault>(() => ProjectSettings.ReadAsync(_folder));

        Assert.Contains(expected, fault.Message);
    }

    [Fact]
    public void A_project_file_that_names_an_external_entity_is_refused()
    {
        Write("A.csproj", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Project>&b;</Project>");

        Assert.Throws<BuildFault>(() => SourceProject.All(_folder));
    }

    [Fact]
    public async Task The_same_files_give_the_same_package_bytes_whatever_their_times_and_order()
    {
        Write("one/b.dll", "b");
        Write("one/a/c.dll", "c");
        Write("two/a/c.dll", "c");
        Write("two/b.dll", "b");
        File.SetLastWriteTimeUtc(
            Path.Combine(_folder, "two/b.dll"),
            new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc)
        );

        var first = await PackAsync("one");
        var second = await PackAsync("two");

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task A_test_report_gives_counts_and_the_first_failure()
    {
        Write(
            "report.xml",
            """
            <assemblies><assembly passed="3" failed="1" errors="0"><collection>
              <test name="Days.Are_counted" result="Pass" />
              <test name="Days.Lag_is_14_days" result="Fail"><failure><message>Assert.Equal() Failure
            Expected: 14
            Actual:   13</message></failure></test>
            </collection></assembly></assemblies>
            """
        );

        var counts = await TestReport.ReadAsync(Path.Combine(_folder, "report.xml"));

        Assert.Equal((3, 1), (counts.Passed, counts.Failed));
        Assert.Equal("Days.Lag_is_14_days: Assert.Equal() Failure Expected: 14 Actual:   13", counts.FirstFailure);
    }

    [Theory]
    [InlineData("sample/days.csv", "sample/days.csv", true)]
    [InlineData("./sample/days.csv", "sample/days.csv", true)]
    [InlineData("sample", "sample/days.csv", true)]
    [InlineData("sample/*.csv", "sample/days.csv", true)]
    [InlineData("*.csv", "days.csv", true)]
    [InlineData("sample/*.csv", "other/days.csv", false)]
    [InlineData("sample/days.csv", "days.csv", false)]
    public void A_sample_is_a_file_a_folder_or_a_pattern(string sample, string name, bool belongs) =>
        Assert.Equal(belongs, SampleFiles.Belongs(sample, name));

    [Fact]
    public void What_a_build_sees_of_the_environment_is_a_short_list()
    {
        Environment.SetEnvironmentVariable("RONDO_TEST_SECRET", "hush");

        var environment = ProgramEnvironment.With(("CI", "true"));

        Assert.DoesNotContain("RONDO_TEST_SECRET", environment.Keys);
        Assert.Contains("PATH", environment.Keys);
        Assert.Equal("true", environment["CI"]);
    }

    [Fact]
    public async Task A_log_that_grows_too_long_is_cut_and_says_so()
    {
        var file = Path.Combine(_folder, "build.log");
        using (var log = new BuildLog(file, bytesMax: 100))
        {
            for (var i = 0; i < 1000; i++)
            {
                log.Write("A line of the log");
            }
        }

        var lines = await File.ReadAllLinesAsync(file);
        Assert.InRange(lines.Length, 3, 10);
        Assert.Contains("left out", lines[^1]);
    }

    private async Task<string> PackAsync(string folder)
    {
        var file = Path.Combine(_folder, folder + ".zip");
        var description = new PackageDescription(1, "transit", "c0ffee", "b.dll");
        await PackageZip.WriteAsync(Path.Combine(_folder, folder), description, file, bytesMax: 1000);
        return Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file)));
    }

    private void Project(string name, string references) =>
        Write(name, $"<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup>{references}</ItemGroup></Project>");

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
