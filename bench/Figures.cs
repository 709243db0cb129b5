using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Rondo.Benchmarks;

/// <summary>What the benchmarks do with numbers.</summary>
internal static class Figures
{
    /// <summary>The median of the figures.</summary>
    public static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        return sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>A figure with a fixed number of decimals.</summary>
    public static string Text(double value, int decimals = 0) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>One assembly that the compiler did not optimise spoils everything.</summary>
    public static void WarnOfDebugBuilds()
    {
        foreach (
            var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Rondo.*.dll").Order(StringComparer.Ordinal)
        )
        {
            var assembly = Assembly.Load(Path.GetFileNameWithoutExtension(file));
            if (assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true)
            {
                Console.Error.WriteLine(
                    $"warning: {Path.GetFileName(file)} is a debug build; these figures mean nothing. Leave out -c, or say -c Release."
                );
            }
        }
    }

    /// <summary>What else has a say in the figures: cores, and how many programs wanted them.</summary>
    public static string Machine()
    {
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return $"{Environment.ProcessorCount} cores ({model?.Split(": ")[^1] ?? "unknown"}), load average {load}, .NET {Environment.Version}";
    }
}
