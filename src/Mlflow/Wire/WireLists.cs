namespace Rondo.Mlflow.Wire;

/// <summary>Lists as they travel.</summary>
internal static class WireLists
{
    /// <summary>A list that is empty is absent.</summary>
    public static IReadOnlyList<T>? OrAbsent<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;
}
