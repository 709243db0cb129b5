using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Models;

/// <summary>What a search for logged models asks for, within its limits.</summary>
internal sealed record LoggedModelQuery
{
    public IReadOnlyList<long> Experiments { get; init; } = [];
    public string? Filter { get; init; }

    /// <summary>Models without a metric on one of these are not found, and metrics on others do not count in the filter.</summary>
    public IReadOnlyList<DatasetChoice> Datasets { get; init; } = [];

    public IReadOnlyList<LoggedModelOrder> OrderBy { get; init; } = [];
    public int Limit { get; init; }
    public PageToken? Token { get; init; }
}

/// <summary>One item of an order; a metric may be that of one dataset.</summary>
internal sealed record LoggedModelOrder(FilterField Field, bool Ascending, DatasetChoice? Dataset);
