namespace Rondo.Data;

/// <summary>A column of 0 and 1 for each category, in the place of theirs.</summary>
internal sealed record OneHotStep(string Column, IReadOnlyList<string> Categories, UnknownCategory Unknown) : FittedStep
{
    private readonly Dictionary<string, int> places = CategoryStep.Places(Categories);

    public static OneHotStep Fit(Table table, string column, int categoriesMax, UnknownCategory unknown)
    {
        CategoryStep.Limit(column, "categories", categoriesMax);
        var counts = RowKeys.Of(StepColumns.Any(table, column)).OfType<string>().CountBy(key => key).ToList();
        if (counts.Count > categoriesMax && unknown == UnknownCategory.Refuse)
        {
            throw StepColumns.Unfit(
                $"Column '{column}' has {counts.Count} categories, and {categoriesMax} are allowed.",
                "Allow more, or ignore unknown categories: the most frequent are kept."
            );
        }

        // The most frequent, of as frequent ones the first; then in order.
        var kept = counts
            .OrderByDescending(count => count.Value)
            .ThenBy(count => count.Key, StringComparer.Ordinal)
            .Take(categoriesMax);
        return new(column, [.. kept.Select(count => count.Key).Order(StringComparer.Ordinal)], unknown);
    }

    public override Table Apply(Table table)
    {
        var source = StepColumns.Any(table, Column);
        var found = CategoryStep.Find(source, places, Unknown);
        var ones = Categories.Select(_ => new long[source.Count]).ToList();
        for (var row = 0; row < found.Length; row++)
        {
            if (found[row] is { } place)
            {
                ones[(int)place][row] = 1;
            }
        }

        var names = StepColumns.Names(source.Name, Categories);
        return StepColumns.Replace(table, Column, [.. ones.Select((one, i) => Data.Column.Of(names[i], one))]);
    }
}

/// <summary>The number of its category in the place of each value, from 0.</summary>
internal sealed record OrdinalStep(string Column, IReadOnlyList<string> Categories, UnknownCategory Unknown)
    : FittedStep
{
    private readonly Dictionary<string, int> places = CategoryStep.Places(Categories);

    public static OrdinalStep Fit(Table table, string column, IReadOnlyList<string>? order, UnknownCategory unknown)
    {
        var keys = RowKeys.Of(StepColumns.Any(table, column)).OfType<string>().Distinct(StringComparer.Ordinal);
        var step = new OrdinalStep(column, [.. order ?? [.. keys.Order(StringComparer.Ordinal)]], unknown);
        CategoryStep.Limit(column, "categories", Math.Max(1, step.Categories.Count));
        return step;
    }

    public override Table Apply(Table table)
    {
        var source = StepColumns.Any(table, Column);
        return table.With(Data.Column.Of(source.Name, CategoryStep.Find(source, places, Unknown)));
    }
}

internal static class CategoryStep
{
    /// <summary>The most categories, words or columns that a step makes.</summary>
    private const int CountMax = 10_000;

    public static void Limit(string column, string what, int count)
    {
        if (count is < 1 or > CountMax)
        {
            throw StepColumns.Unfit(
                $"Column '{column}' would have {count} {what}.",
                $"Take 1 to {CountMax}; hashWords and targetEncode stand many different values."
            );
        }
    }

    public static Dictionary<string, int> Places(IReadOnlyList<string> categories)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var category in categories)
        {
            NumberStep.Require(
                category is not null && places.TryAdd(category, places.Count),
                $"category '{category}' is named twice"
            );
        }

        return places;
    }

    /// <summary>Where each value stands among the categories; null where it is missing or unknown.</summary>
    public static long?[] Find(Column column, Dictionary<string, int> places, UnknownCategory unknown)
    {
        var keys = RowKeys.Of(column);
        var found = new long?[keys.Length];
        for (var row = 0; row < keys.Length; row++)
        {
            if (keys[row] is not { } key)
            {
                continue;
            }

            found[row] = places.TryGetValue(key, out var place) ? place : null;
            if (found[row] is null && unknown == UnknownCategory.Refuse)
            {
                throw StepColumns.Unfit(
                    $"Column '{column.Name}' has the category '{key}' in row {row + 1}, which training did not have.",
                    "Fit on rows that have it, or ignore unknown categories."
                );
            }
        }

        return found;
    }
}
