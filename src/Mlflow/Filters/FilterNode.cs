namespace Rondo.Mlflow.Filters;

/// <summary>What a field belongs to.</summary>
internal enum FilterEntity
{
    Attribute,
    Metric,
    Param,
    Tag,
    Dataset,
}

/// <summary>How a field is compared.</summary>
internal enum FilterOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,
    In,
    NotIn,
    IsNull,
    IsNotNull,

    /// <summary>Has all words of a text, or words that begin with them.</summary>
    Matches,
}

/// <summary>What of all the points of a metric is compared.</summary>
internal enum MetricStatistic
{
    Min,
    Max,
    Mean,
    Last,

    /// <summary>The least or the greatest, whichever is the goal.</summary>
    Best,
}

/// <summary>A field by its entity and its canonical key.</summary>
internal sealed record FilterField(FilterEntity Entity, string Key)
{
    /// <summary>What of all points is meant; null: the latest one.</summary>
    public MetricStatistic? Statistic { get; init; }

    /// <summary>The whole name: what has a value of this very name means that value.</summary>
    public string Name { get; init; } = Key;
}

/// <summary>A filter as a tree; null stands for no filter at all.</summary>
internal abstract record FilterNode;

/// <summary>All of these.</summary>
internal sealed record FilterAnd(IReadOnlyList<FilterNode> Parts) : FilterNode;

/// <summary>At least one of these.</summary>
internal sealed record FilterOr(IReadOnlyList<FilterNode> Parts) : FilterNode;

/// <summary>Not this.</summary>
internal sealed record FilterNot(FilterNode Part) : FilterNode;

/// <summary>One comparison; values are texts, or numbers as <see langword="long"/> or <see langword="double"/>.</summary>
internal sealed record FilterComparison(FilterField Field, FilterOperator Operator, IReadOnlyList<object> Values)
    : FilterNode;

/// <summary>One item of an order.</summary>
internal sealed record OrderItem(FilterField Field, bool Ascending);
