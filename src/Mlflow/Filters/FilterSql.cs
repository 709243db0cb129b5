using System.Text;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Filters;

/// <summary>Where a field stands: a column of the row itself, or of rows of another table that belong to it.</summary>
internal sealed record FilterPlace(string Column, string? Rows = null)
{
    /// <summary>Of a metric: 1 where it is no number.</summary>
    public string IsNan { get; init; } = "f.is_nan";

    /// <summary>Where it stands of rows that do not have it there; null: nowhere else.</summary>
    public FilterPlace? Else { get; init; }

    /// <summary>
    /// What of the row itself, and of the other rows, has to be the same: the others are found once for all rows. Null: the others say themselves
    /// to which row they belong.
    /// </summary>
    public (string Own, string Others)? Link { get; init; }
}

/// <summary>Writes a filter as a condition. Every key and value is an argument; the text is made of nothing but fixed words.</summary>
internal abstract class FilterSql(Dialect dialect)
{
    // The embedded database takes no longer ones.
    private const int PatternBytesMax = 50_000;

    private readonly bool _likeTellsCase = dialect == Dialect.Postgres;

    /// <summary>The words of the database that is asked.</summary>
    protected Dialect Dialect { get; } = dialect;

    /// <summary>The arguments of what was written.</summary>
    public Dictionary<string, object?> Arguments { get; } = new(StringComparer.Ordinal);

    /// <summary>Gives a value the name of an argument.</summary>
    public string Add(object value)
    {
        var name = "a" + Arguments.Count;
        Arguments.Add(name, value);
        return "@" + name;
    }

    /// <summary>
    /// Gives a limit the name of an argument, as a sum: at a bare one the embedded database looks, and prepares a statement anew that it has kept.
    /// </summary>
    public string Limit(long rows) => Add(rows) + " + 0";

    /// <summary>A list of arguments, in parentheses.</summary>
    public string AddAll(IEnumerable<object> values) => "(" + string.Join(", ", values.Select(Add)) + ")";

    public virtual string Write(FilterNode node) =>
        node switch
        {
            FilterAnd and => "(" + string.Join(" and ", and.Parts.Select(Write)) + ")",
            FilterOr or => "(" + string.Join(" or ", or.Parts.Select(Write)) + ")",
            // A comparison with a column that is null is neither true nor false: not true is what NOT means here.
            FilterNot not => $"(case when {Write(not.Part)} then 0 else 1 end = 1)",
            FilterComparison comparison => WriteComparison(comparison),
            FilterWords words => "(" + string.Join(" and ", words.Terms.Select(WriteTerm)) + ")",
            _ => throw new InvalidOperationException($"A filter has no {node.GetType().Name}."),
        };

    /// <summary>Where the field stands.</summary>
    protected abstract FilterPlace PlaceOf(FilterField field);

    /// <summary>The condition that a row has a word.</summary>
    protected virtual string WriteTerm(WordTerm term) =>
        throw new InvalidOperationException("What is searched here has no words.");

    private string WriteComparison(FilterComparison comparison)
    {
        var place = PlaceOf(comparison.Field);
        if (comparison.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull)
        {
            var exists = Exists(place, null);
            return comparison.Operator == FilterOperator.IsNull ? "not " + exists : exists;
        }

        return place.Rows is null
            ? Compare(place.Column, comparison)
            : Exists(place, one => Condition(one, comparison));
    }

    private static string Exists(FilterPlace place, Func<FilterPlace, string>? condition)
    {
        if (place.Else is not null)
        {
            return $"({Exists(place with { Else = null }, condition)} or {Exists(place.Else, condition)})";
        }

        var rows = place.Rows + (condition is null ? "" : " and " + condition(place));
        return place.Link is ({ } own, { } others)
            ? $"{own} in (select {others} from {rows})"
            : $"exists (select 1 from {rows})";
    }

    private string Condition(FilterPlace place, FilterComparison comparison)
    {
        var condition = Compare(place.Column, comparison);
        return comparison.Field.Entity != FilterEntity.Metric ? condition
            : comparison.Operator is FilterOperator.NotEqual or FilterOperator.NotIn
                ? $"({place.IsNan} = 1 or {condition})"
            : $"({place.IsNan} = 0 and {condition})";
    }

    /// <summary>The condition that a column compares so.</summary>
    protected string Compare(string column, FilterComparison comparison) =>
        comparison.Operator switch
        {
            FilterOperator.Equal => $"{column} = {Add(comparison.Values[0])}",
            FilterOperator.NotEqual => $"{column} <> {Add(comparison.Values[0])}",
            FilterOperator.Less => $"{column} < {Add(comparison.Values[0])}",
            FilterOperator.LessOrEqual => $"{column} <= {Add(comparison.Values[0])}",
            FilterOperator.Greater => $"{column} > {Add(comparison.Values[0])}",
            FilterOperator.GreaterOrEqual => $"{column} >= {Add(comparison.Values[0])}",
            FilterOperator.In => $"{column} in {AddAll(comparison.Values)}",
            FilterOperator.NotIn => $"{column} not in {AddAll(comparison.Values)}",
            FilterOperator.Like => Like(column, (string)comparison.Values[0]),
            FilterOperator.ILike =>
                $@"lower({column}) like lower({AddPattern(Escaped((string)comparison.Values[0]))}) escape '\'",
            _ => throw new InvalidOperationException($"{comparison.Operator} compares with nothing."),
        };

    // The embedded database's own LIKE does not tell upper from lower case; its GLOB does.
    private string Like(string column, string pattern) =>
        _likeTellsCase
            ? $@"{column} like {AddPattern(Escaped(pattern))} escape '\'"
            : $"{column} glob {AddPattern(Glob(pattern))}";

    private string AddPattern(string pattern) =>
        Encoding.UTF8.GetByteCount(pattern) <= PatternBytesMax
            ? Add(pattern)
            : throw Refusal.Invalid(
                $"A pattern of LIKE or ILIKE has at most {PatternBytesMax} bytes. Compare a long text by = or IN."
            );

    private static string Escaped(string pattern) => pattern.Replace(@"\", @"\\", StringComparison.Ordinal);

    private static string Glob(string pattern) =>
        string.Concat(
            pattern.Select(c =>
                c switch
                {
                    '%' => "*",
                    '_' => "?",
                    '*' or '?' or '[' => $"[{c}]",
                    _ => c.ToString(),
                }
            )
        );
}
