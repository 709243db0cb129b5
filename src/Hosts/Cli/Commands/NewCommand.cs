using System.CommandLine;
using System.Text.RegularExpressions;

namespace Rondo.Cli.Commands;

/// <summary><c>rondo new NAME</c>: a project from the template, that runs at once.</summary>
internal static partial class NewCommand
{
    private const string Token = "RondoProject";

    private static readonly string[] s_textFiles =
    [
        ".cs",
        ".csproj",
        ".slnx",
        ".md",
        ".json",
        ".props",
        ".targets",
        ".csv",
        ".config",
        ".gitignore",
        ".editorconfig",
    ];

    private static readonly Argument<string> s_name = new("name") { Description = "Such as Churn: a C# identifier." };

    public static Command Create() =>
        CommandBuilding.Make("new", "Make a project that runs at once.", RunAsync, s_name);

    private static Task RunAsync(Invocation call)
    {
        var name = call.Get(s_name);
        if (!NamePattern().IsMatch(name))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' cannot name a project.",
                "Use letters and digits, starting with a capital letter, such as Churn."
            );
        }

        var target = Path.GetFullPath(name);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new RondoException(
                ErrorCode.Conflict,
                $"The folder {target} exists and is not empty.",
                "Choose another name."
            );
        }

        Copy(TemplateFolder(), target, name);
        File.WriteAllText(Path.Combine(target, "nuget.config"), NuGetConfig());
        call.Screen.Markup($"[bold]{name}[/] is in {target}. Run its pipeline here:");
        call.Screen.Line($"  cd {name} && dotnet run --project src/{name}");
        if (call.Screen.Json)
        {
            call.Screen.Document(new { name, folder = target });
        }

        return Task.CompletedTask;
    }

    // A project outside this checkout must find the Sdk's packages, and those of the public registry as before.
    private static string NuGetConfig() =>
        $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <packageSources>
                <add key="rondo" value="{System.Security.SecurityElement.Escape(UpCommand.FeedFolder)}" />
              </packageSources>
            </configuration>

            """;

    private static string TemplateFolder()
    {
        var home = Environment.GetEnvironmentVariable("RONDO_HOME");
        var folder = home is null
            ? Path.Combine(AppContext.BaseDirectory, "templates", "rondo-project")
            : Path.Combine(home, "templates", "rondo-project");
        return Directory.Exists(folder)
            ? folder
            : throw new RondoException(ErrorCode.Internal, $"The template is missing: {folder}.");
    }

    private static void Copy(string from, string to, string name)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var target = Path.Combine(to, Path.GetFileName(file).Replace(Token, name, StringComparison.Ordinal));
            if (s_textFiles.Contains(Path.GetExtension(file), StringComparer.Ordinal))
            {
                File.WriteAllText(target, Fill(File.ReadAllText(file), name));
            }
            else
            {
                File.Copy(file, target);
            }
        }

        foreach (var below in Directory.EnumerateDirectories(from))
        {
            if (Path.GetFileName(below) is not ("bin" or "obj" or "artifacts" or ".rondo"))
            {
                Copy(
                    below,
                    Path.Combine(to, Path.GetFileName(below).Replace(Token, name, StringComparison.Ordinal)),
                    name
                );
            }
        }
    }

    // "RondoProject" is the name as it is, "rondo-project" the name of the project on a server.
    private static string Fill(string text, string name) =>
        text.Replace(Token, name, StringComparison.Ordinal)
            .Replace("rondo-project", Kebab(name), StringComparison.Ordinal);

    private static string Kebab(string name) =>
        string.Concat(
            name.Select(
                (c, i) =>
                    i > 0 && char.IsUpper(c) && !char.IsUpper(name[i - 1])
                        ? "-" + char.ToLowerInvariant(c)
                        : char.ToLowerInvariant(c).ToString()
            )
        );

    [GeneratedRegex("^[A-Z][A-Za-z0-9]{0,49}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
