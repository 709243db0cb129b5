namespace Rondo.Data;

/// <summary>Two spellings name the same column when they differ only in case and underscores: <c>temp_min</c> is <c>TempMin</c>.</summary>
internal sealed class ColumnNames : IEqualityComparer<string>
{
    public static readonly ColumnNames Comparer = new();

    public bool Equals(string? x, string? y) =>
        ReferenceEquals(x, y)
        || (x is not null && y is not null && string.Equals(Normal(x), Normal(y), StringComparison.Ordinal));

    public int GetHashCode(string obj) => Normal(obj).GetHashCode(StringComparison.Ordinal);

    private static string Normal(string name) =>
        name.Replace("_", "", StringComparison.Ordinal) is { Length: > 0 } bare ? bare.ToUpperInvariant() : name;
}
