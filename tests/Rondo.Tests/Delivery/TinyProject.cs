namespace Rondo.Tests.Delivery;

/// <summary>
/// The least that can be built and released. It prints its manifest itself, so that no package of the Sdk has to be made for the
/// test: what the Sdk does is tested beside the Sdk.
/// </summary>
internal static class TinyProject
{
    public const string Manifest =
        """{"formatVersion":1,"project":"transit","sdkVersion":"0","datasets":[],"pipelines":[],"endpoints":[]}""";

    private const string Properties =
        "<OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>";

    /// <summary>A program, one test, and the settings.</summary>
    public static IEnumerable<(string Name, string Text)> Files(int expected) =>
        [
            ("rondo.json", """{ "project": "src/Tiny/Tiny.csproj", "promotion": "automatic" }"""),
            (
                "src/Tiny/Tiny.csproj",
                $"<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup>{Properties}</PropertyGroup></Project>"
            ),
            (
                "src/Tiny/Program.cs",
                $$"""
                if (args is not ["manifest"])
                {
                    return 2;
                }
                Console.WriteLine({{"\"\"\""}}{{Manifest}}{{"\"\"\""}});
                return 0;

                public static class Lag
                {
                    public static int Days => 14;
                }
                """
            ),
            (
                "tests/Tiny.Tests/Tiny.Tests.csproj",
                $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>{Properties}</PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="xunit.v3" Version="4.0.2" />
                    <ProjectReference Include="../../src/Tiny/Tiny.csproj" />
                  </ItemGroup>
                </Project>
                """
            ),
            (
                "tests/Tiny.Tests/LagTests.cs",
                $$"""
                public class LagTests
                {
                    [Xunit.Fact]
                    public void The_lag_is_two_weeks() => Xunit.Assert.Equal({{expected}}, Lag.Days);
                }
                """
            ),
        ];
}
