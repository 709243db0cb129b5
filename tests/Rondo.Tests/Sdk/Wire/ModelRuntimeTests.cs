using Rondo.Sdk.Wire;

namespace Rondo.Tests.Sdk.Wire;

public sealed class ModelRuntimeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Requirement", "R133")]
    public void A_program_knows_the_packages_that_it_was_built_with()
    {
        var runtime = ModelRuntime.OfThisProgram();

        Assert.StartsWith(".NET ", runtime.Framework);
        Assert.Contains('-', runtime.Platform);
        Assert.Equal("5.0.1", runtime.Packages["Microsoft.ML"]);
        Assert.DoesNotContain("Rondo.Tests", runtime.Packages.Keys);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/nowhere/app.deps.json;/nowhere/shared.deps.json")]
    public void Without_a_list_of_packages_none_is_claimed(string? files) =>
        Assert.Empty(ModelRuntime.PackagesIn(files));

    [Fact]
    public void Packages_are_read_from_the_list_of_the_program_alone()
    {
        var own = _folder.Write(
            "app.deps.json",
            """{"libraries":{"App/1.0.0":{"type":"project"},"B.Two/2.1.0-rc":{"type":"package"},"A.One/1.0.0":{"type":"package"},"Odd":{"type":"package"}}}"""
        );
        var shared = _folder.Write("shared.deps.json", """{"libraries":{"C/3.0.0":{"type":"package"}}}""");

        Assert.Equal(
            "A.One 1.0.0, B.Two 2.1.0-rc",
            string.Join(", ", ModelRuntime.PackagesIn($"{own};{shared}").Select(p => $"{p.Key} {p.Value}"))
        );
    }
}
