using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using static Rondo.Mlflow.Filters.FilterVocabulary;

namespace Rondo.Registry.Clients;

/// <summary>Finds models and versions by a filter. Prompts, which newer clients keep as models, show only where they are asked for.</summary>
internal sealed class RegistrySearch(Database database)
{
    private static readonly FilterField s_prompt = new(FilterEntity.Tag, "mlflow.prompt.is_prompt");

    private static readonly FilterVocabulary s_models = new(
        "registered models",
        EntityNames((FilterEntity.Attribute, ["attribute", "attributes", "attr"]), (FilterEntity.Tag, ["tag", "tags"])),
        AttributeNames(("name", []), ("creation_timestamp", []), ("last_updated_timestamp", ["timestamp"])),
        Set("creation_timestamp", "last_updated_timestamp"),
        Set()
    );

    private static readonly FilterVocabulary s_versions = new(
        "model versions",
        EntityNames((FilterEntity.Attribute, ["attribute", "attributes", "attr"]), (FilterEntity.Tag, ["tag", "tags"])),
        AttributeNames(
            ("name", []),
            ("run_id", []),
            ("source_path", ["source"]),
            ("version_number", []),
            ("creation_timestamp", []),
            ("last_updated_timestamp", ["timestamp"])
        ),
        Set("version_number", "creation_timestamp", "last_updated_timestamp"),
        Set()
    );

    private static readonly Dictionary<string, string> s_modelColumns = new(StringComparer.Ordinal)
    {
        ["name"] = "m.name",
        ["creation_timestamp"] = "m.created_at",
        ["last_updated_timestamp"] = "m.updated_at",
    };

    private static readonly Dictionary<string, string> s_versionColumns = new(StringComparer.Ordinal)
    {
        ["name"] = "e.name",
        ["run_id"] = "e.run_id",
        ["source_path"] = "e.source",
        ["version_number"] = "e.version",
        ["creation_timestamp"] = "e.created_at",
        ["last_updated_timestamp"] = "e.updated_at",
    };

    /// <summary>One page of models, by name where no order is asked for, and the token of the next.</summary>
    public Task<(IReadOnlyList<RegisteredModel> Items, string? Next)> ModelsAsync(
        SearchQuery query,
        IReadOnlyList<string>? projects = null
    ) =>
        FindAsync<RegisteredModel>(
            query,
            new Kind(
                s_models,
                s_modelColumns,
                $"select {RegisteredModel.Columns} from registry_model m",
                "t.version = 0 and t.project = m.project and t.environment = m.environment and t.model = m.model",
                "1 = 1"
            )
            {
                Order = ["m.name asc", "m.project asc"],
                Projects = projects,
            },
            RegistryReader.CompleteAsync
        );

    /// <summary>One page of versions, those that changed last first where no order is asked for, and the token of the next.</summary>
    public Task<(IReadOnlyList<RegisteredVersion> Items, string? Next)> VersionsAsync(
        SearchQuery query,
        IReadOnlyList<string>? projects = null
    ) =>
        FindAsync<RegisteredVersion>(
            query,
            new Kind(
                s_versions,
                s_versionColumns,
                $"select {RegisteredVersion.Columns} from registry_entry e",
                "t.version = e.version and t.project = e.project and t.environment = e.environment and t.model = e.model",
                "e.deleted_at is null"
            )
            {
                Order = ["e.updated_at desc", "e.name asc", "e.version desc"],
                Projects = projects,
            },
            RegistryReader.CompleteAsync
        );

    private Task<(IReadOnlyList<T> Items, string? Next)> FindAsync<T>(
        SearchQuery query,
        Kind kind,
        Func<Session, IReadOnlyList<T>, Task<IReadOnlyList<T>>> complete
    )
    {
        var filter = WithoutPrompts(FilterParser.Parse(query.Filter, kind.Vocabulary));
        var order = FilterParser.ParseOrder(query.OrderBy, kind.Vocabulary);
        if (order.FirstOrDefault(item => item.Field.Entity != FilterEntity.Attribute) is { } tag)
        {
            throw Refusal.Invalid(
                $"An order of {kind.Vocabulary.Noun} is by their attributes, not by '{tag.Field.Key}'."
            );
        }

        var offset = PageToken.RowsBefore(query.Token);
        return database.ReadAsync<(IReadOnlyList<T>, string?)>(async session =>
        {
            var sql = new RegistrySql(session.Dialect, kind);
            var keys = order
                .Select(item => kind.Columns[item.Field.Key] + (item.Ascending ? " asc" : " desc"))
                .Concat(
                    kind.Order.Where(key =>
                        order.All(item => !key.StartsWith(kind.Columns[item.Field.Key] + " ", StringComparison.Ordinal))
                    )
                );
            // Ends with a semicolon: where the library runs it, it is not kept, for the next one may be another.
            var found = await session.QueryAsync<T>(
                $"{kind.Select} where {kind.Where} and {sql.Write(filter)}{kind.Visible(sql)} order by {string.Join(", ", keys)}"
                    + $" limit {sql.Add(query.Limit + 1L)} offset {sql.Add(offset)};",
                sql.Arguments
            );
            var more = found.Count > query.Limit;
            var items = more ? [.. found.Take(query.Limit)] : found;
            return (
                await complete(session, items),
                more ? new PageToken { Offset = offset + query.Limit }.Write() : null
            );
        });
    }

    // "is no prompt" means models without the tag, too: clients add it to every search by themselves.
    private static FilterNode WithoutPrompts(FilterNode? filter)
    {
        var isPrompt = new FilterComparison(s_prompt, FilterOperator.Equal, ["true"]);
        return filter is null ? new FilterNot(isPrompt)
            : Asks(filter) ? Rewritten(filter)
            : new FilterAnd([filter, new FilterNot(isPrompt)]);
    }

    private static bool Asks(FilterNode node) =>
        node switch
        {
            FilterAnd and => and.Parts.Any(Asks),
            FilterOr or => or.Parts.Any(Asks),
            FilterNot not => Asks(not.Part),
            FilterComparison comparison => comparison.Field == s_prompt,
            _ => false,
        };

    private static FilterNode Rewritten(FilterNode node) =>
        node switch
        {
            FilterAnd and => new FilterAnd([.. and.Parts.Select(Rewritten)]),
            FilterOr or => new FilterOr([.. or.Parts.Select(Rewritten)]),
            FilterNot not => new FilterNot(Rewritten(not.Part)),
            FilterComparison { Operator: FilterOperator.NotEqual } comparison when comparison.Field == s_prompt =>
                new FilterNot(comparison with { Operator = FilterOperator.Equal }),
            _ => node,
        };

    private sealed record Kind(
        FilterVocabulary Vocabulary,
        IReadOnlyDictionary<string, string> Columns,
        string Select,
        string TagJoin,
        string Where
    )
    {
        public required IReadOnlyList<string> Order { get; init; }

        /// <summary>Those that may be seen; null: all.</summary>
        public IReadOnlyList<string>? Projects { get; init; }

        public string Visible(FilterSql sql) =>
            Projects is null ? ""
            : Projects.Count == 0 ? " and 1 = 0"
            : $" and project in {sql.AddAll(Projects)}";
    }

    private sealed class RegistrySql(Dialect dialect, Kind kind) : FilterSql(dialect)
    {
        protected override FilterPlace PlaceOf(FilterField field) =>
            field.Entity == FilterEntity.Attribute
                ? new FilterPlace(kind.Columns[field.Key])
                : new FilterPlace("t.value", $"registry_tag t where {kind.TagJoin} and t.key = {Add(field.Key)}");
    }
}
