using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Text;

/// <summary>
/// Which item has which word, in the order of the words: one row each, in a table with a column <c>word</c> and those of an item's key. The rows
/// of an item are kept in step with its texts by telling the words before a change and after it.
/// </summary>
internal sealed class WordTable(string table, IReadOnlyList<string> key)
{
    /// <summary>A term that more words than this begin with is not taken apart.</summary>
    private const int WordsOfTermMax = 200;

    /// <summary>A term with fewer rows than this leads to them; of any other the newest items are looked at one after the other.</summary>
    private const int RareMax = 3000;

    /// <summary>The most terms of a filter: each may be as many arguments of a statement as there are words of it.</summary>
    private const int TermsMax = 50;

    private readonly string[] _names = ["word", .. key];

    private readonly string _insert =
        $"insert into {table} (word, {string.Join(", ", key)}) values (@word, {string.Join(", ", key.Select(k => "@" + k))}) on conflict do nothing";

    private readonly string _delete =
        $"delete from {table} where word = @word and {string.Join(" and ", key.Select(k => $"{k} = @{k}"))}";

    /// <summary>Writes down how the words of an item have changed.</summary>
    public async ValueTask ChangeAsync(
        Transaction transaction,
        IReadOnlyList<object> item,
        IReadOnlySet<string> before,
        IReadOnlySet<string> after
    )
    {
        await ExecuteAsync(transaction, _delete, item, before.Except(after, StringComparer.Ordinal));
        await ExecuteAsync(transaction, _insert, item, after.Except(before, StringComparer.Ordinal));
    }

    /// <summary>A filter whose comparisons with a text know the words that there are.</summary>
    public ValueTask<FilterNode?> ResolveAsync(Session session, FilterNode? filter)
    {
        var words = WordsIn(filter);
        return words <= TermsMax
            ? KnownAsync(session, filter)
            : throw Refusal.Invalid($"The filter looks for {words} words. Give at most {TermsMax} in all of it.");
    }

    /// <summary>The terms of a text that is looked for.</summary>
    public async ValueTask<IReadOnlyList<WordTerm>> TermsAsync(Session session, string text)
    {
        var terms = new List<WordTerm>();
        foreach (var start in TextWords.Starts(text))
        {
            terms.Add(await TermAsync(session, start));
        }

        return terms;
    }

    private static int WordsIn(FilterNode? filter) =>
        filter switch
        {
            FilterAnd and => and.Parts.Sum(WordsIn),
            FilterOr or => or.Parts.Sum(WordsIn),
            FilterNot not => WordsIn(not.Part),
            FilterComparison { Operator: FilterOperator.Matches } comparison => TextWords
                .Starts((string)comparison.Values[0])
                .Count,
            _ => 0,
        };

    private async ValueTask<FilterNode?> KnownAsync(Session session, FilterNode? filter)
    {
        switch (filter)
        {
            case FilterAnd and:
                return new FilterAnd(await KnownAsync(session, and.Parts));
            case FilterOr or:
                return new FilterOr(await KnownAsync(session, or.Parts));
            case FilterNot not:
                return new FilterNot((await KnownAsync(session, not.Part))!);
            case FilterComparison { Operator: FilterOperator.Matches } comparison:
                return new FilterWords(await TermsAsync(session, (string)comparison.Values[0]));
            default:
                return filter;
        }
    }

    private async ValueTask<List<FilterNode>> KnownAsync(Session session, IReadOnlyList<FilterNode> parts)
    {
        var resolved = new List<FilterNode>();
        foreach (var part in parts)
        {
            resolved.Add((await KnownAsync(session, part))!);
        }

        return resolved;
    }

    // From word to word by the index: the rows between are not read.
    private async ValueTask<WordTerm> TermAsync(Session session, string start)
    {
        var range = new
        {
            start,
            end = WordTerm.EndOf(start),
            max = WordsOfTermMax + 1L,
            rows = RareMax + 1L,
        };
        var words = await session.QueryAsync<string>(
            $"""
            with recursive known (word) as (
                select min(word) from {table} where word >= @start and word < @end
                union all
                select (select min(t.word) from {table} t where t.word > k.word and t.word < @end) from known k
                where k.word is not null
            )
            select word from known where word is not null limit @max
            """,
            range
        );
        var rows = await session.ScalarAsync<long>(
            $"select count(*) from (select 1 as one from {table} where word >= @start and word < @end limit @rows) few",
            range
        );
        return new WordTerm(start, words.Count > WordsOfTermMax ? null : words, rows <= RareMax);
    }

    private async ValueTask ExecuteAsync(
        Transaction transaction,
        string statement,
        IReadOnlyList<object> item,
        IEnumerable<string> words
    )
    {
        var rows = words.Order(StringComparer.Ordinal).Select(word => (object?[])[word, .. item]).ToList();
        if (rows.Count > 0)
        {
            await transaction.ExecuteManyAsync(statement, _names, rows);
        }
    }
}
