namespace Rondo.Serving.Models;

/// <summary>A loaded model. Any number of threads may ask it at once; it is disposed when the last of them is done.</summary>
public interface IModel : IDisposable
{
    /// <summary>Answers each row of the batch: reads its inputs, fills its outputs.</summary>
    void Predict(InferenceBatch batch);
}
