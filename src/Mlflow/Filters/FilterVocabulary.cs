using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Filters;

/// <summary>Which fields can be searched, under which names.</summary>
internal sealed record FilterVocabulary(
    string Noun,
    IReadOnlyDictionary<string, FilterEntity> Entities,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlySet<string> Numbers,
    IReadOnlySet<string> OrderOnly
)
{
    private static readonly Dictionary<string, MetricStatistic> s_statistics = Enum.GetValues<MetricStatistic>()
        .ToDictionary(statistic => statistic.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Whether <c>metrics.loss.min</c> and the like mean a statistic of all points.</summary>
    public bool HasStatistics { get; init; }

    /// <summary>The attribute that stands for all of a row's texts together, and is compared by <c>MATCHES</c> alone; null: there is none.</summary>
    public string? Text { get; init; }

    private static readonly string[] s_datasetKeys = ["name", "digest", "context"];

    /// <summary>The field that the parts of a name mean: an entity and a key, or the key of an attribute alone.</summary>
    public FilterField FieldOf(IReadOnlyList<string> parts, bool inOrder)
    {
        var entity = FilterEntity.Attribute;
        if (parts.Count > 1 && !Entities.TryGetValue(parts[0], out entity))
        {
            throw Refusal.Invalid(
                $"'{parts[0]}' names nothing that {Noun} have. Use one of: {string.Join(", ", Entities.Keys)}."
            );
        }

        var key = parts.Count > 1 ? string.Join('.', parts.Skip(1)) : parts[0];
        return entity switch
        {
            FilterEntity.Attribute => new FilterField(entity, AttributeOf(key, inOrder)),
            FilterEntity.Dataset when inOrder => throw Refusal.Invalid("An order by datasets is not possible."),
            FilterEntity.Dataset when !s_datasetKeys.Contains(key, StringComparer.Ordinal) => throw Refusal.Invalid(
                $"A dataset has no '{key}'. Use one of: {string.Join(", ", s_datasetKeys)}."
            ),
            FilterEntity.Metric
                when HasStatistics && parts.Count > 2 && s_statistics.TryGetValue(parts[^1], out var what) =>
                new FilterField(entity, string.Join('.', parts.Skip(1).SkipLast(1))) { Statistic = what, Name = key },
            _ => new FilterField(entity, key),
        };
    }

    public bool IsNumber(FilterField field) =>
        field.Entity == FilterEntity.Metric || (field.Entity == FilterEntity.Attribute && Numbers.Contains(field.Key));

    public bool IsText(FilterField field) => field.Entity == FilterEntity.Attribute && field.Key == Text;

    public static bool MayBeNull(FilterField field) => field.Entity is FilterEntity.Param or FilterEntity.Tag;

    private string AttributeOf(string key, bool inOrder) =>
        Attributes.TryGetValue(key, out var name) && Allows(name, inOrder)
            ? name
            : throw Refusal.Invalid(
                $"Invalid attribute key '{key}': {Noun} have none of this name. Use one of: "
                    + string.Join(
                        ", ",
                        Attributes.Values.Distinct(StringComparer.Ordinal).Where(n => Allows(n, inOrder))
                    )
                    + "."
            );

    private bool Allows(string attribute, bool inOrder) => inOrder ? attribute != Text : !OrderOnly.Contains(attribute);

    /// <summary>Entities with all that they may be called.</summary>
    public static IReadOnlyDictionary<string, FilterEntity> EntityNames(
        params (FilterEntity Entity, string[] Names)[] entities
    ) =>
        entities
            .SelectMany(e => e.Names.Select(name => (name, e.Entity)))
            .ToDictionary(e => e.name, e => e.Entity, StringComparer.Ordinal);

    /// <summary>Attributes with all that they may be called.</summary>
    public static IReadOnlyDictionary<string, string> AttributeNames(
        params (string Name, string[] Others)[] attributes
    ) =>
        attributes
            .SelectMany(a => a.Others.Prepend(a.Name).Select(other => (other, a.Name)))
            .ToDictionary(a => a.other, a => a.Name, StringComparer.Ordinal);

    /// <summary>Names of attributes.</summary>
    public static IReadOnlySet<string> Set(params string[] names) => new HashSet<string>(names, StringComparer.Ordinal);
}
