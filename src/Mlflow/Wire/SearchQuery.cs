namespace Rondo.Mlflow.Wire;

/// <summary>What a search asks for, within the limits of its kind.</summary>
internal sealed record SearchQuery(
    string? Filter,
    IReadOnlyList<string> OrderBy,
    ViewType View,
    int Limit,
    PageToken? Token
);
