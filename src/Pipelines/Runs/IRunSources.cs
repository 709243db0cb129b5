using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>Pins what a run takes from outside its graph. Null: there is nothing to take yet.</summary>
internal interface IRunSources
{
    /// <summary>The newest version of a dataset.</summary>
    Task<RunSource?> DatasetAsync(string project, string environment, string name);

    /// <summary>The model that serves now.</summary>
    Task<RunSource?> ServingModelAsync(string project, string environment, string model);

    /// <summary>Fails where what an earlier run took was deleted since.</summary>
    Task RequireUsableAsync(string project, string environment, RunSource source);
}
