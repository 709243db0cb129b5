using Rondo.Mlflow.Filters;

namespace Rondo.Mlflow.Text;

/// <summary>
/// One word that is looked for: every word that begins with it. Where those are few, they are named one by one.
/// </summary>
internal sealed record WordTerm(string Start, IReadOnlyList<string>? Words, bool IsRare)
{
    private const string AfterAll = "\U0010FFFF";

    /// <summary>Whether rows are found by the word: few have it, or nothing else is known of it.</summary>
    public bool LeadsToRows => IsRare || Words is null;

    /// <summary>The condition that a row of words is of this term.</summary>
    public string Condition(FilterSql sql, string column) =>
        Words is [var only] ? $"{column} = {sql.Add(only)}"
        : Words is [_, ..] ? $"{column} in {sql.AddAll(Words)}"
        : Words is [] ? "1 = 0"
        : $"{column} >= {sql.Add(Start)} and {column} < {sql.Add(EndOf(Start))}";

    /// <summary>The text behind all that begin with a word.</summary>
    public static string EndOf(string start) => start + AfterAll;
}

/// <summary>The words of a comparison with a text; all of them must be there.</summary>
internal sealed record FilterWords(IReadOnlyList<WordTerm> Terms) : FilterNode;
