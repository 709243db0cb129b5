namespace Rondo.Tests.Tidy;

/// <summary>The rules that a reader would otherwise have to remember.</summary>
public sealed class TextTests
{
    private static readonly string[] s_vagueSuffixes =
    [
        "Utils",
        "Util",
        "Helper",
        "Helpers",
        "Manager",
        "Common",
        "Base",
    ];

    [Fact]
    public void No_file_has_a_name_that_says_nothing() =>
        Assert.Empty(
            Repository
                .Sources("src", "tests", "bench")
                .Where(file =>
                    s_vagueSuffixes.Any(suffix =>
                        Path.GetFileNameWithoutExtension(file).EndsWith(suffix, StringComparison.Ordinal)
                    )
                )
                .Select(Repository.Short)
        );

    [Fact]
    public void A_module_says_on_thirty_lines_what_it_is()
    {
        var modules = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*Module.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/"))
            .Select(file => Path.GetDirectoryName(file)!);

        var wrong = modules
            .Where(module =>
                !File.Exists(Path.Combine(module, "README.md"))
                || File.ReadLines(Path.Combine(module, "README.md")).Count() > 30
            )
            .Select(Repository.Short);

        Assert.Empty(wrong);
    }

    [Fact]
    public void Analyzers_are_not_switched_off_in_the_code()
    {
        var wrong = Repository
            .Sources("src")
            .Where(file => File.ReadAllText(file).Contains("#pragma warning disable"))
            .Where(file => !File.ReadAllText(file).Contains("// why: "))
            .Select(Repository.Short);

        Assert.Empty(wrong);
    }
}
