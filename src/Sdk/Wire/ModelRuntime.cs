using System.Runtime.InteropServices;
using System.Text.Json;

namespace Rondo.Sdk.Wire;

/// <summary>What a model was made with, so that it can be made and loaded again: the runtime and packages of the program whose pipeline registered it.</summary>
/// <param name="Framework">The runtime with its version, for example <c>.NET 10.0.4</c>.</param>
/// <param name="Platform">The system and processor, for example <c>linux-x64</c>.</param>
/// <param name="Packages">The versions of the packages that the program was built with, by name; empty where its list of them is not there.</param>
public sealed record ModelRuntime(string Framework, string Platform, IReadOnlyDictionary<string, string> Packages)
{
    private const int PackagesMax = 1000;

    /// <summary>Of this program.</summary>
    internal static ModelRuntime OfThisProgram() =>
        new(
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.RuntimeIdentifier,
            PackagesIn(AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)
        );

    // The first of the files is the program's own, the others are those of the runtime.
    internal static IReadOnlyDictionary<string, string> PackagesIn(string? files)
    {
        var packages = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var file = files?.Split(';', 2)[0];
        if (file is null || !File.Exists(file))
        {
            return packages;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        if (!document.RootElement.TryGetProperty("libraries", out var libraries))
        {
            return packages;
        }

        foreach (var library in libraries.EnumerateObject())
        {
            if (
                packages.Count < PackagesMax
                && library.Value.TryGetProperty("type", out var type)
                && type.ValueEquals("package")
                && library.Name.Split('/') is [var name, var version]
            )
            {
                packages[name] = version;
            }
        }

        return packages;
    }
}
