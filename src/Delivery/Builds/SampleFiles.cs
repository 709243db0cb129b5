using System.IO.Enumeration;
using Rondo.Sdk.Wire;

namespace Rondo.Delivery.Builds;

/// <summary>The small data that a package brings along to be tried on.</summary>
internal static class SampleFiles
{
    /// <summary>Whether a file of a package belongs to a sample: a file, a folder, or a pattern in the last part.</summary>
    public static bool Belongs(string sample, string name)
    {
        var wanted = sample.Replace('\\', '/').TrimStart('.', '/').TrimEnd('/');
        if (name == wanted || Path.GetDirectoryName(name)?.Replace('\\', '/') == wanted)
        {
            return true;
        }

        return Path.GetDirectoryName(name)?.Replace('\\', '/')
                == (Path.GetDirectoryName(wanted) ?? "").Replace('\\', '/')
            && FileSystemName.MatchesSimpleExpression(
                Path.GetFileName(wanted),
                Path.GetFileName(name),
                ignoreCase: false
            );
    }

    /// <summary>Adds samples that the project did not tell the compiler to copy.</summary>
    public static void Complete(Manifest manifest, SourceProject project, string published)
    {
        var root = Path.GetDirectoryName(project.File)!;
        foreach (var dataset in manifest.Datasets.Where(dataset => dataset.Sample is not null))
        {
            var folder = Path.GetFullPath(Path.Combine(root, Path.GetDirectoryName(dataset.Sample!) ?? ""));
            var wholeFolder = Path.GetFullPath(Path.Combine(root, dataset.Sample!));
            folder = Directory.Exists(wholeFolder) ? wholeFolder : folder;
            if (!(folder + "/").StartsWith(root + "/", StringComparison.Ordinal) || !Directory.Exists(folder))
            {
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(folder))
            {
                var name = Path.GetRelativePath(root, file).Replace('\\', '/');
                var target = Path.Combine(published, name);
                if (Belongs(dataset.Sample!, name) && !File.Exists(target))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(file, target);
                }
            }
        }
    }
}
