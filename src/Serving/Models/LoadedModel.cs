namespace Rondo.Serving.Models;

/// <summary>A model in memory together with the folder of its files, which go when it goes.</summary>
internal sealed class LoadedModel(IModel model, string folder) : IDisposable
{
    public void Predict(InferenceBatch batch) => model.Predict(batch);

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
