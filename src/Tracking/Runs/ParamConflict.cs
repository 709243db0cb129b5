using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>A param keeps its first value; the words are those that clients look for.</summary>
internal static class ParamConflict
{
    private const string Rule = "Changing param values is not allowed.";

    public static Refusal Of(string run, IReadOnlyList<(string Key, string Old, string New)> changed, bool single)
    {
        if (single)
        {
            var (key, old, attempted) = changed[0];
            return Refusal.Invalid(
                $"{Rule} Param with key='{key}' was already logged with value='{old}' for run ID='{run}'. "
                    + $"Attempted logging new value '{attempted}'."
            );
        }

        var list = changed.Select(c =>
            $"{{'key': {Quoted(c.Key)}, 'old_value': {Quoted(c.Old)}, 'new_value': {Quoted(c.New)}}}"
        );
        return Refusal.Invalid($"{Rule} Params were already logged='[{string.Join(", ", list)}]' for run ID='{run}'.");
    }

    private static string Quoted(string text)
    {
        var escaped = text.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal);
        return !escaped.Contains('\'', StringComparison.Ordinal) ? $"'{escaped}'"
            : !escaped.Contains('"', StringComparison.Ordinal) ? $"\"{escaped}\""
            : $"'{escaped.Replace("'", @"\'", StringComparison.Ordinal)}'";
    }
}
