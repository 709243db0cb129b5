using Rondo.Sdk.Wire;

namespace Rondo.Serving.Models;

/// <summary>Loads models of some formats into this process. A provider implements it for each library.</summary>
public interface IModelRuntime
{
    /// <summary>Whether it can load a bundle whose description names this format.</summary>
    bool Supports(string format);

    /// <summary>
    /// Loads the model from its file, which stays where it is until the model is disposed. A file that is not what the
    /// description says is a <see cref="RondoException"/> that names it.
    /// </summary>
    IModel Load(ModelDescription description, string file);
}
