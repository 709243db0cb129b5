namespace Rondo.Data;

/// <summary>
/// Words counted in a fixed number of columns, each word in one by its hash and with a sign by another bit of it, so that words that meet
/// cancel out on average (Weinberger et al., 2009).
/// </summary>
internal sealed record HashStep(string Column, int Columns) : FittedStep
{
    public static HashStep Fit(Table table, string column, int columns)
    {
        CategoryStep.Limit(column, "columns", columns);
        _ = StepColumns.Texts(table, column);
        return new(column, columns);
    }

    public override Table Apply(Table table)
    {
        var texts = StepColumns.Texts(table, Column);
        var counts = Enumerable.Range(0, Columns).Select(_ => new double[texts.Length]).ToList();
        for (var row = 0; row < texts.Length; row++)
        {
            foreach (var word in Words.Of(texts[row]))
            {
                var hash = DistinctSketch.HashOf(word);
                counts[(int)((hash >> 1) % (ulong)Columns)][row] += (hash & 1) == 0 ? 1 : -1;
            }
        }

        var name = StepColumns.Any(table, Column).Name;
        return StepColumns.Replace(table, Column, [.. counts.Select((c, i) => Data.Column.Of($"{name}_{i}", c))]);
    }

    public override void Check() => CategoryStep.Limit(Column, "columns", Columns);
}

/// <summary>How often each word of a vocabulary occurs, times its weight; a column for each word.</summary>
internal sealed record WordsStep(string Column, IReadOnlyList<string> Vocabulary, IReadOnlyList<double> Weights)
    : FittedStep
{
    private readonly Dictionary<string, int> places = CategoryStep.Places(Vocabulary);

    public static WordsStep Fit(Table table, string column, int wordsMax, WordWeight weight)
    {
        CategoryStep.Limit(column, "words", wordsMax);
        var texts = StepColumns.Texts(table, column).OfType<string>().ToList();
        // The words of most texts, of as frequent ones the first; then in order.
        var kept = texts
            .SelectMany(text => Words.Of(text).Distinct(StringComparer.Ordinal))
            .CountBy(word => word)
            .OrderByDescending(count => count.Value)
            .ThenBy(count => count.Key, StringComparer.Ordinal)
            .Take(wordsMax)
            .OrderBy(count => count.Key, StringComparer.Ordinal)
            .ToList();
        var weights = kept.Select(count =>
            weight == WordWeight.Count ? 1 : Math.Log((1.0 + texts.Count) / (1.0 + count.Value)) + 1
        );
        return new(column, [.. kept.Select(count => count.Key)], [.. weights]);
    }

    public override Table Apply(Table table)
    {
        var texts = StepColumns.Texts(table, Column);
        var counts = Vocabulary.Select(_ => new double[texts.Length]).ToList();
        for (var row = 0; row < texts.Length; row++)
        {
            foreach (var word in Words.Of(texts[row]))
            {
                if (places.TryGetValue(word, out var place))
                {
                    counts[place][row]++;
                }
            }
        }

        var names = StepColumns.Names(StepColumns.Any(table, Column).Name, Vocabulary);
        var columns = counts.Select((c, i) => Data.Column.Of(names[i], c.Select(count => count * Weights[i])));
        return StepColumns.Replace(table, Column, [.. columns]);
    }

    public override void Check() =>
        NumberStep.Require(Vocabulary.Count == Weights.Count, "there is not one weight for each word");
}

internal static class Words
{
    /// <summary>Runs of letters and digits, in lower case.</summary>
    public static IEnumerable<string> Of(string? text)
    {
        text ??= "";
        var start = 0;
        for (var at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && char.IsLetterOrDigit(text[at]))
            {
                continue;
            }

            if (at > start)
            {
                yield return text[start..at].ToLowerInvariant();
            }

            start = at + 1;
        }
    }
}
