using System.Runtime.CompilerServices;

namespace Rondo.EndToEnd;

/// <summary>The checkout that these tests were built from, used as a person would: through its scripts.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    public static string Artifacts { get; } =
        Environment.GetEnvironmentVariable("RONDO_ARTIFACTS") is { Length: > 0 } set
            ? set
            : Path.Combine(Root, "artifacts");

    /// <summary>The packages of the Sdk, made by the launcher.</summary>
    public static string Feed => Path.Combine(Artifacts, "feed");

    public static string Launcher => Path.Combine(Root, "rondo");

    public static string Example => Path.Combine(Root, "examples", "transit-demand");

    /// <summary>Copies a folder without what a build made.</summary>
    public static void Copy(string from, string to, params string[] leftOut)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        string[] never = ["bin", "obj", "artifacts", ".rondo", .. leftOut];
        foreach (var below in Directory.EnumerateDirectories(from))
        {
            if (!never.Contains(Path.GetFileName(below)))
            {
                Copy(below, Path.Combine(to, Path.GetFileName(below)), leftOut);
            }
        }
    }

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
