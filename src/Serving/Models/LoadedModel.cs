namespace Rondo.Serving.Models;

/// <summary>A model in memory with what its requests go through, and the folder of its files, which go when it goes.</summary>
internal sealed class LoadedModel(IModel model, RequestPreparation? preparation, string folder) : IDisposable
{
    /// <summary>
    /// The batch that <see cref="Predict"/> takes, of a request that has been read: the request itself, or the model's own inputs made from
    /// it. Both have the same outputs. <paramref name="before"/> is what this gave for the same batch last time: its memory is used again.
    /// </summary>
    public InferenceBatch Prepare(InferenceBatch request, InferenceBatch? before = null) =>
        preparation is null ? request : preparation.Prepare(request, before);

    public void Predict(InferenceBatch batch) => model.Predict(batch);

    /// <summary>Both in one.</summary>
    public void Answer(InferenceBatch request) => Predict(Prepare(request));

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
