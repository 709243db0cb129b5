using System.Globalization;

namespace Rondo.Sdk.BuiltIn;

/// <summary>
/// What a program prints: lines for the log, and among them lines for Rondo. <c>rondo: metric NAME NUMBER</c> records a metric,
/// <c>rondo: progress FRACTION WORDS</c> says how far it has come. A line that is neither is a line of the log.
/// </summary>
internal sealed class CommandLines(StepContext context)
{
    private const string Prefix = "rondo: ";
    private const int LastWordsMax = 300;

    private volatile string _lastError = "";

    /// <summary>The last line of the error output that says something.</summary>
    public string LastError => _lastError;

    public void Output(string line) => context.Log(Understood(line) ?? line);

    public void Error(string line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            _lastError = line.Length <= LastWordsMax ? line.Trim() : line.Trim()[..LastWordsMax] + "…";
        }
        context.LogError(line);
    }

    // What the log shows instead of the line.
    private string? Understood(string line)
    {
        if (!line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }
        var words = line[Prefix.Length..].Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["metric", var name, var text] when Number(text) is { } value => Metric(name, value),
            ["progress", var text, .. var more] when Number(text) is >= 0 and <= 1 and var part => string.Join(
                ": ",
                more.Prepend(string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.#} %"))
            ),
            _ => null,
        };
    }

    private string Metric(string name, double value)
    {
        context.Metric(name, value);
        return string.Create(CultureInfo.InvariantCulture, $"{name} = {value}");
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
