using System.Text.RegularExpressions;

namespace Rondo.Tests.Tidy;

/// <summary>A table belongs to one module, says so in its name, and is touched by that module alone.</summary>
public sealed partial class SqlTests
{
    private static readonly string[] s_modules =
    [
        "Kernel",
        "Lineage",
        "Secrets",
        "Datasets",
        "Registry",
        "Tracking",
        "Pipelines",
        "Serving",
        "Monitoring",
        "Delivery",
    ];

    [Fact]
    public void Tables_carry_the_prefix_of_their_module()
    {
        var wrong = Scripts()
            .SelectMany(script =>
                CreateTable()
                    .Matches(File.ReadAllText(script.File))
                    .Select(match => match.Groups["table"].Value)
                    .Where(table => !table.StartsWith(script.Module.ToLowerInvariant() + "_"))
                    .Select(table => $"{Repository.Short(script.File)}: {table}")
            );

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_module_touches_the_tables_of_another()
    {
        var prefixes = s_modules.Select(module => module.ToLowerInvariant()).ToList();
        var wrong = new List<string>();
        foreach (var module in s_modules)
        {
            var others = prefixes.Where(prefix => prefix != module.ToLowerInvariant()).ToList();
            foreach (var file in Repository.Sources("src/" + module))
            {
                wrong.AddRange(
                    TableUse()
                        .Matches(File.ReadAllText(file))
                        .Select(match => match.Groups["table"].Value)
                        .Where(table => others.Exists(other => table.StartsWith(other + "_")))
                        .Select(table => $"{Repository.Short(file)}: {table}")
                );
            }
        }

        Assert.Empty(wrong);
    }

    private static IEnumerable<(string Module, string File)> Scripts() =>
        s_modules
            .Select(module => (Module: module, Folder: Path.Combine(Repository.Root, "src", module, "Schema")))
            .Where(found => Directory.Exists(found.Folder))
            .SelectMany(found => Directory.EnumerateFiles(found.Folder, "*.sql").Select(file => (found.Module, file)));

    [GeneratedRegex(@"create table (if not exists )?(?<table>\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex CreateTable();

    [GeneratedRegex(@"\b(from|join|into|update|table)\s+(?<table>[a-z]+_[a-z_]+)", RegexOptions.IgnoreCase)]
    private static partial Regex TableUse();
}
