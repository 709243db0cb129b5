using System.Globalization;

namespace Rondo.Data;

/// <summary>Whether two columns stand to each other as they should, row by row.</summary>
internal sealed class RuleCheck(RowRule rule)
{
    private const int ExamplesMax = 5;

    private readonly List<string> _examples = [];
    private long _broken;

    public void Add(Table part, long firstRow)
    {
        if (!part.TryGet(rule.Left, out var left) || !part.TryGet(rule.Right, out var right))
        {
            return;
        }

        for (var row = 0; row < part.RowCount; row++)
        {
            if (left.IsMissing(row) || right.IsMissing(row) || Holds(rule.Is, left[row]!, right[row]!))
            {
                continue;
            }

            _broken++;
            if (_examples.Count < ExamplesMax)
            {
                _examples.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"row {firstRow + row + 1}: {TableConcat.TextOf(left[row])} and {TableConcat.TextOf(right[row])}"
                    )
                );
            }
        }
    }

    public Anomaly? Finish(string file, long rows) =>
        _broken == 0
            ? null
            : new Anomaly(
                AnomalyKind.BrokenRule,
                null,
                file,
                $"{rule.Left} {rule.Is} {rule.Right}",
                string.Create(CultureInfo.InvariantCulture, $"{_broken} of {rows}"),
                (double)_broken / rows,
                _examples,
                $"Correct these rows in {file}, or remove the rule."
            );

    /// <summary>Whether one value stands to another as a rule says.</summary>
    internal static bool Holds(string comparison, object left, object right) => Holds(comparison, Compare(left, right));

    /// <summary>The same of what comparing the two has given.</summary>
    internal static bool Holds(string comparison, int order) =>
        comparison switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            "=" => order == 0,
            "!=" => order != 0,
            ">=" => order >= 0,
            ">" => order > 0,
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{comparison}' of a rule is no comparison.",
                "Use one of <, <=, =, !=, >=, >."
            ),
        };

    private static int Compare(object left, object right) =>
        (left, right) switch
        {
            (long a, long b) => a.CompareTo(b),
            (long or double, long or double) => Convert
                .ToDouble(left, CultureInfo.InvariantCulture)
                .CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
            (DateOnly or DateTimeOffset, DateOnly or DateTimeOffset) => TableConcat
                .Instant(left)
                .CompareTo(TableConcat.Instant(right)),
            _ => string.CompareOrdinal(TableConcat.TextOf(left), TableConcat.TextOf(right)),
        };
}
