using System.Xml;
using System.Xml.Linq;

namespace Rondo.Delivery.Builds;

/// <summary>A csproj of the repository, and what it says that it is.</summary>
internal sealed record SourceProject(string File, string RelativePath, bool UsesSdk, bool IsTest, bool IsProgram)
{
    private const int ProjectsMax = 200;

    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>All projects below a folder.</summary>
    public static IReadOnlyList<SourceProject> All(string source)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            MaxRecursionDepth = 20,
        };
        var files = Directory
            .EnumerateFiles(source, "*.csproj", options)
            .Take(ProjectsMax + 1)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (files.Count > ProjectsMax)
        {
            throw new BuildFault($"The repository has more than {ProjectsMax} projects.");
        }

        var projects = files.Select(file => Read(source, file)).ToList();
        var twice = projects.GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? projects
            : throw new BuildFault(
                $"Two projects are called {twice.Key}: {string.Join(" and ", twice.Select(p => p.RelativePath))}. Rename one."
            );
    }

    /// <summary>The one project that is released.</summary>
    public static SourceProject Released(IReadOnlyList<SourceProject> projects, ProjectSettings settings)
    {
        if (settings.Project is { } named)
        {
            var wanted = named.Replace('\\', '/').TrimStart('.', '/');
            return projects.FirstOrDefault(p => p.RelativePath == wanted)
                ?? throw new BuildFault($"{ProjectSettings.FileName} names the project '{named}', which is not there.");
        }

        var candidates = projects.Where(project => project is { UsesSdk: true, IsTest: false }).ToList();
        if (candidates.Count > 1 && candidates.Exists(project => project.IsProgram))
        {
            candidates = [.. candidates.Where(project => project.IsProgram)];
        }

        return candidates switch
        {
            [var only] => only,
            [] => throw new BuildFault(
                "No project of the repository references the package Rondo.Sdk. "
                    + $"Add one, or name the project to release in {ProjectSettings.FileName}: {{\"project\": \"src/Demand/Demand.csproj\"}}."
            ),
            _ => throw new BuildFault(
                $"Several projects reference Rondo.Sdk: {string.Join(", ", candidates.Select(p => p.RelativePath))}. "
                    + $"Name the one to release in {ProjectSettings.FileName}: {{\"project\": \"{candidates[0].RelativePath}\"}}."
            ),
        };
    }

    private static SourceProject Read(string source, string file)
    {
        var relative = Path.GetRelativePath(source, file).Replace('\\', '/');
        var xml = Load(file, relative);
        var packages = xml.Descendants()
            .Where(element => element.Name.LocalName == "PackageReference")
            .Select(element => element.Attribute("Include")?.Value ?? "")
            .ToList();
        return new SourceProject(
            file,
            relative,
            UsesSdk: packages.Contains("Rondo.Sdk", StringComparer.OrdinalIgnoreCase),
            IsTest: packages.Exists(package => package.StartsWith("xunit.v3", StringComparison.OrdinalIgnoreCase)),
            IsProgram: xml.Descendants()
                .Any(element =>
                    element.Name.LocalName == "OutputType"
                    && element.Value.Trim().Equals("Exe", StringComparison.OrdinalIgnoreCase)
                )
        );
    }

    private static XDocument Load(string file, string relative)
    {
        try
        {
            using var reader = XmlReader.Create(
                file,
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = 4 << 20 }
            );
            return XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw new BuildFault($"{relative}: {e.Message}");
        }
    }
}
