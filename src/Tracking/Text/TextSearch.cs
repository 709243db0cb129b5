using System.Globalization;
using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Text;

/// <summary>
/// Finds experiments and runs by the words of their names, tags and notes. Every word that is given must be there, or begin one that is.
/// </summary>
internal sealed class TextSearch(Database database)
{
    private const int FoundMax = 10_000;
    private const int BacklogShownMax = 1000;

    /// <summary>A part of what has all words of a text, and was not deleted, in these folders (null: in all).</summary>
    public Task<Findings> FindAsync(string text, IReadOnlyCollection<string>? folders, int limit, string? token) =>
        database.ReadAsync(async session =>
        {
            var terms = await TextIndex.Words.TermsAsync(session, text);
            var starts = terms.Select(term => term.Start).ToList();
            var (found, isPart) = await FoundAsync(session, terms, folders);
            var offset = (int)Math.Min(PageToken.RowsBefore(token is null ? null : PageToken.Read(token)), FoundMax);
            var page = found
                .OrderByDescending(item => TextExcerpt.HasAll([item.Name], starts))
                .ThenByDescending(item => item.At)
                .ThenBy(item => item.Experiment)
                .ThenBy(item => item.Run, StringComparer.Ordinal)
                .Skip(offset)
                .Take(limit)
                .ToList();
            var next = offset + limit < found.Count ? new PageToken { Offset = offset + limit }.Write() : null;
            return new Findings(
                await ShownAsync(session, page, starts),
                next,
                found.Count,
                isPart,
                await TextBacklog.CountAsync(session, BacklogShownMax)
            );
        });

    /// <summary>The statement that finds all, with the words in which they stand; a bounded number.</summary>
    internal static string Statement(
        RunSql sql,
        IReadOnlyList<WordTerm> terms,
        IReadOnlyCollection<string>? folders = null
    )
    {
        var first = terms.FirstOrDefault(term => term.LeadsToRows) ?? terms[0];
        var others = terms
            .Where(term => term != first)
            .Select(term =>
                $" and exists (select 1 from tracking_word o where {term.Condition(sql, "o.word")} and o.experiment = w.experiment and o.run = w.run)"
            );
        var rest = string.Concat(others);
        if (folders is not null)
        {
            rest +=
                $" and w.experiment in (select p.id from tracking_experiment p where {PathSql.Below("p.path", folders, sql.Add)})";
        }

        // Backwards through the index: of each word the newest experiments come first. Ends with a semicolon: where the library runs it, it is not kept.
        return $"""
            select f.experiment, f.run, e.name as experiment_name, coalesce(r.name, e.name) as name,
                coalesce(r.started_at, e.created_at) as at,
                case when e.lifecycle = 'active' and (f.run = '{TextIndex.NoRun}' or r.lifecycle = 'active') then 1 else 0 end as is_there
            from (
                select w.experiment, w.run from tracking_word w where {first.Condition(sql, "w.word")}{rest}
                order by w.word desc, w.experiment desc, w.run desc limit {sql.Add(FoundMax + 1L)}
            ) f
            join tracking_experiment e on e.id = f.experiment left join tracking_run r on r.id = f.run;
            """;
    }

    private static async ValueTask<(IReadOnlyList<FoundItem> Items, bool IsPart)> FoundAsync(
        Session session,
        IReadOnlyList<WordTerm> terms,
        IReadOnlyCollection<string>? folders
    )
    {
        var sql = new RunSql(session.Dialect);
        var rows = await session.QueryAsync<FoundItem>(Statement(sql, terms, folders), sql.Arguments);
        // What was deleted is looked at, too: that there is more is known by the rows, not by what is shown of them.
        return (
            [.. rows.Take(FoundMax).Where(row => row.IsThere == 1).DistinctBy(row => (row.Experiment, row.Run))],
            rows.Count > FoundMax
        );
    }

    private static async ValueTask<IReadOnlyList<Finding>> ShownAsync(
        Session session,
        IReadOnlyList<FoundItem> items,
        IReadOnlyList<string> starts
    )
    {
        var tags = await TagsAsync(session, items);
        return
        [
            .. items.Select(item =>
            {
                var (where, excerpt) = Place(item, tags[(item.Experiment, item.Run)], starts);
                var isRun = item.Run.Length > 0;
                return new Finding(
                    isRun ? "run" : "experiment",
                    isRun ? item.Run : item.Experiment.ToString(CultureInfo.InvariantCulture),
                    item.Name,
                    item.ExperimentName,
                    item.At,
                    where,
                    excerpt
                );
            }),
        ];
    }

    // A name is seen anyway: where a word stands elsewhere too, that is shown.
    private static (string Where, string Excerpt) Place(
        FoundItem item,
        IEnumerable<KeyValue> tags,
        IReadOnlyList<string> starts
    )
    {
        foreach (var tag in tags.Where(tag => tag.Key != TrackingNames.RunNameTag && TextIndex.HasWords(tag.Key)))
        {
            if (TextExcerpt.Of(tag.Value, starts) is { } excerpt)
            {
                return (tag.Key == TrackingNames.NoteTag ? "note" : tag.Key, excerpt);
            }

            if (TextExcerpt.Of(tag.Key, starts) is not null)
            {
                return (tag.Key, tag.Value.Length > 0 ? TextExcerpt.Start(tag.Value) : tag.Key);
            }
        }

        return ("name", item.Name);
    }

    private static async ValueTask<ILookup<(long, string), KeyValue>> TagsAsync(
        Session session,
        IReadOnlyList<FoundItem> items
    )
    {
        var byRun = items.Where(item => item.Run.Length > 0).ToDictionary(item => item.Run, StringComparer.Ordinal);
        var ofRuns = await session.QueryAsync<(string Run, string Key, string Value)>(
            $"""
            select r.id, t.key, t.value from tracking_run r join tracking_tag t on t.run_number = r.number
            where {session.Dialect.IsAmong("r.id", "@ids")} order by r.id, t.key
            """,
            new { ids = JsonSerializer.Serialize(byRun.Keys) }
        );
        var experiments = items.Where(item => item.Run.Length == 0).Select(item => item.Experiment).ToList();
        IReadOnlyList<(long Experiment, string Key, string Value)> ofExperiments =
            experiments.Count == 0
                ? []
                : await session.QueryAsync<(long, string, string)>(
                    """
                    select experiment, key, value from tracking_experiment_tag
                    where experiment in @experiments order by experiment, key
                    """,
                    new { experiments }
                );
        return ofRuns
            .Select(row => (Item: (byRun[row.Run].Experiment, row.Run), row.Key, row.Value))
            .Concat(ofExperiments.Select(row => (Item: (row.Experiment, TextIndex.NoRun), row.Key, row.Value)))
            .ToLookup(row => row.Item, row => new KeyValue(row.Key, row.Value));
    }

    private sealed record FoundItem
    {
        public long Experiment { get; init; }
        public string Run { get; init; } = "";
        public string ExperimentName { get; init; } = "";
        public string Name { get; init; } = "";
        public long At { get; init; }
        public long IsThere { get; init; }
    }
}
