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
}

/// <summary>A field by its entity and its canonical key.</summary>
internal sealed record FilterField(FilterEntity Entity, string Key);

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
