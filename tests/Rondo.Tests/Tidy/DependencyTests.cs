using System.Xml.Linq;

namespace Rondo.Tests.Tidy;

/// <summary>A project references strictly lower levels only (docs/adr/0001).</summary>
public sealed class DependencyTests
{
    private const int ProjectsMax = 30;

    private static readonly Dictionary<string, int> s_levels = new(StringComparer.Ordinal)
    {
        ["Sdk.Generators"] = 0,
        ["Data"] = 0,
        ["Evaluation"] = 1,
        ["Sdk"] = 2,
        ["Testing"] = 3,
        ["Conversion"] = 3,
        ["Kernel"] = 3,
        ["Lineage"] = 4,
        ["Secrets"] = 4,
        ["Retention"] = 4,
        ["Mlflow"] = 4,
        ["Datasets"] = 5,
        ["Tracking"] = 5,
        ["Registry"] = 6,
        ["Pipelines"] = 7,
        ["Serving"] = 7,
        ["Monitoring"] = 8,
        ["Delivery"] = 8,
        ["MLNet"] = 9,
        ["Onnx"] = 9,
        ["Postgres"] = 9,
        ["Server"] = 10,
        ["Cli"] = 11,
    };

    [Fact]
    public void Every_project_references_strictly_lower_levels_only()
    {
        var wrong = new List<string>();
        foreach (var project in Projects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            if (!s_levels.TryGetValue(name, out var level))
            {
                wrong.Add($"{Repository.Short(project)} has no level: give it one here and in docs/adr/0001");
                continue;
            }

            wrong.AddRange(
                References(project)
                    .Where(reference => !s_levels.TryGetValue(reference, out var lower) || lower >= level)
                    .Select(reference => $"{name} (level {level}) references {reference}")
            );
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_the_server_references_providers()
    {
        var providers = Projects()
            .Where(project => project.Contains("/Providers/"))
            .Select(project => Path.GetFileNameWithoutExtension(project)!)
            .ToHashSet();

        var wrong = Projects()
            .Where(project => Path.GetFileNameWithoutExtension(project) != "Server")
            .Where(project => References(project).Any(providers.Contains))
            .Select(Repository.Short);

        Assert.Empty(wrong);
    }

    [Fact]
    public void There_are_at_most_thirty_projects_and_the_solution_names_them_all()
    {
        var projects = Projects("src", "tests", "bench").ToList();
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Rondo.slnx"));

        Assert.InRange(projects.Count, 1, ProjectsMax);
        Assert.Empty(projects.Select(Repository.Short).Where(project => !solution.Contains(project)));
    }

    private static IEnumerable<string> Projects(params string[] folders) =>
        (folders.Length == 0 ? ["src"] : folders)
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Where(project => !project.Contains("/obj/") && !project.Contains("/Rondo.EndToEnd/Projects/"));

    private static IEnumerable<string> References(string project) =>
        XDocument
            .Load(project)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
}
