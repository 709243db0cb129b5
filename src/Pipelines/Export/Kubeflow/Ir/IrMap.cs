namespace Rondo.Pipelines.Export.Kubeflow.Ir;

/// <summary>A map whose names are written in ordinal order, so that equal exports have equal bytes.</summary>
internal sealed class IrMap<T>() : SortedDictionary<string, T>(StringComparer.Ordinal)
{
    /// <summary>The map, or null where it is empty: an empty map is not written.</summary>
    public IrMap<T>? OrNull() => Count == 0 ? null : this;
}
