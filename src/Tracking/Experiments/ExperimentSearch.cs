using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Experiments;

/// <summary>Finds experiments by a filter.</summary>
internal sealed class ExperimentSearch(Database database)
{
    private const int TagsPerStatementMax = 1000;

    private static readonly Dictionary<string, string> s_columns = new(StringComparer.Ordinal)
    {
        ["name"] = "e.name",
        ["creation_time"] = "e.created_at",
        ["last_update_time"] = "e.updated_at",
        ["experiment_id"] = "e.id",
    };

    /// <summary>One page, and the token of the next; of experiments in these folders only, where they are given.</summary>
    public Task<(IReadOnlyList<Experiment> Items, string? Next)> FindAsync(
        SearchQuery query,
        IReadOnlyList<string>? folders = null
    )
    {
        var filter = FilterParser.Parse(query.Filter, TrackingVocabulary.Experiments);
        var order = FilterParser.ParseOrder(query.OrderBy, TrackingVocabulary.Experiments);
        if (order.FirstOrDefault(item => item.Field.Entity != FilterEntity.Attribute) is { } tag)
        {
            throw Refusal.Invalid($"An order of experiments is by their attributes, not by '{tag.Field.Key}'.");
        }

        var offset = PageToken.RowsBefore(query.Token);
        return database.ReadAsync<(IReadOnlyList<Experiment>, string?)>(async session =>
        {
            filter = await TextIndex.Words.ResolveAsync(session, filter);
            var sql = new ExperimentSql(session.Dialect);
            var where = $"e.lifecycle in {sql.AddAll(Lifecycle.Of(query.View))}";
            where += filter is null ? "" : " and " + sql.Write(filter);
            where += folders is null ? "" : " and " + PathSql.Below("e.path", folders, sql.Add);
            var page = $"limit {sql.Add((long)query.Limit + 1)} offset {sql.Add(offset)}";
            // Ends with a semicolon: where the library runs it, it is not kept, for the next one may be another.
            var found = await session.QueryAsync<Experiment>(
                $"select {Experiment.Columns} from tracking_experiment e where {where} order by {OrderOf(order)} {page};",
                sql.Arguments
            );
            var more = found.Count > query.Limit;
            var items = more ? [.. found.Take(query.Limit)] : found;
            return (
                await WithTagsAsync(session, items),
                more ? new PageToken { Offset = offset + query.Limit }.Write() : null
            );
        });
    }

    private static string OrderOf(IReadOnlyList<OrderItem> order)
    {
        if (order.Count == 0)
        {
            return "e.created_at desc, e.id asc";
        }

        var items = order.Select(item => s_columns[item.Field.Key] + (item.Ascending ? " asc" : " desc"));
        return string.Join(
            ", ",
            order.Any(item => item.Field.Key == "experiment_id") ? items : items.Append("e.id desc")
        );
    }

    private static async Task<IReadOnlyList<Experiment>> WithTagsAsync(
        Session session,
        IReadOnlyList<Experiment> experiments
    )
    {
        var tags = new Dictionary<long, List<KeyValue>>();
        foreach (var chunk in experiments.Select(e => e.Id).Chunk(TagsPerStatementMax))
        {
            foreach (
                var (experiment, key, value) in await session.QueryAsync<(long, string, string)>(
                    """
                    select experiment, key, value from tracking_experiment_tag
                    where experiment in @chunk order by experiment, key
                    """,
                    new { chunk }
                )
            )
            {
                if (!tags.TryGetValue(experiment, out var list))
                {
                    tags.Add(experiment, list = []);
                }

                list.Add(new KeyValue(key, value));
            }
        }

        return [.. experiments.Select(e => tags.TryGetValue(e.Id, out var list) ? e with { Tags = list } : e)];
    }

    private sealed class ExperimentSql(Dialect dialect) : FilterSql(dialect)
    {
        protected override string WriteTerm(WordTerm term) =>
            $"e.id in (select w.experiment from tracking_word w where {term.Condition(this, "w.word")} and w.run = '{TextIndex.NoRun}')";

        protected override FilterPlace PlaceOf(FilterField field) =>
            field.Entity == FilterEntity.Attribute
                ? new FilterPlace(s_columns[field.Key])
                : new FilterPlace(
                    "f.value",
                    $"tracking_experiment_tag f where f.experiment = e.id and f.key = {Add(field.Key)}"
                );
    }
}
