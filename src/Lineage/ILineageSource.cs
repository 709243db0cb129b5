using Rondo.Kernel.Access;

namespace Rondo.Lineage;

/// <summary>
/// A module's knowledge of where things come from that no step of a pipeline has made, such as the versions and runs of MLflow's clients. It is asked for
/// names that the steps of pipelines do not know.
/// </summary>
public interface ILineageSource
{
    /// <summary>The graph that is asked for, up or down, of what the caller may see (null: everything); null where the module knows nothing of that name.</summary>
    Task<LineageGraph?> FindAsync(LineageQuery query, Caller? caller);
}
