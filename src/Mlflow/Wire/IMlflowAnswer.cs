using System.Text.Json;

namespace Rondo.Mlflow.Wire;

/// <summary>An answer that writes itself: one of so many values that an object for each would cost more than all else.</summary>
internal interface IMlflowAnswer : IDisposable
{
    /// <summary>Writes the whole answer.</summary>
    void Write(Utf8JsonWriter writer);
}
