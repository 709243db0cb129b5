using System.Globalization;

namespace Rondo.Data;

/// <summary>Whether a value occurs as often as it should.</summary>
internal sealed class ShareCheck(ShareRule rule)
{
    private long _count;
    private long _values;

    public void Add(Table part)
    {
        if (!part.TryGet(rule.Column, out var column))
        {
            return;
        }

        for (var row = 0; row < column.Count; row++)
        {
            if (!column.IsMissing(row))
            {
                _values++;
                _count += TableConcat.TextOf(column[row]) == rule.Value ? 1 : 0;
            }
        }
    }

    public Anomaly? Finish(string file)
    {
        var share = (double)_count / _values;
        return _values == 0 || (share >= rule.Min && share <= rule.Max)
            ? null
            : new Anomaly(
                AnomalyKind.ShareOutOfRange,
                rule.Column,
                file,
                string.Create(CultureInfo.InvariantCulture, $"{rule.Min:P1} to {rule.Max:P1}"),
                string.Create(CultureInfo.InvariantCulture, $"'{rule.Value}' is {share:P1} of {_values} values"),
                share,
                [],
                "Find out whether the sample or the world has changed; if the world, change the share in the schema."
            )
            {
                Effect = Math.Max(rule.Min - share, share - rule.Max),
            };
    }
}
