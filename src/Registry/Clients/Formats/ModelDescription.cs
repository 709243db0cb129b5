namespace Rondo.Registry.Clients.Formats;

/// <summary>What the files of a version say of the model: read, never loaded. Nothing of a client's model runs in this server.</summary>
/// <param name="Flavors">How it can be loaded, for example <c>python_function</c> and <c>sklearn</c>, with the version of each library that is named.</param>
/// <param name="Inputs">The columns or tensors that it takes.</param>
/// <param name="Outputs">What it answers.</param>
/// <param name="Parameters">What else may be said with a request.</param>
/// <param name="Requirements">The packages that it needs.</param>
internal sealed record ModelDescription(
    IReadOnlyList<string> Flavors,
    IReadOnlyList<ModelColumn> Inputs,
    IReadOnlyList<ModelColumn> Outputs,
    IReadOnlyList<ModelColumn> Parameters,
    IReadOnlyList<string> Requirements
)
{
    public string? PythonVersion { get; init; }

    public string? MlflowVersion { get; init; }

    /// <summary>When it was made, as its maker wrote it.</summary>
    public string? MadeAt { get; init; }

    /// <summary>The file with an example of an input, below the model's folder.</summary>
    public string? InputExample { get; init; }
}

/// <summary>A column, tensor or parameter: its name (null where there is one without), type, and the shape of a tensor (-1: any).</summary>
internal sealed record ModelColumn(string? Name, string Type, IReadOnlyList<long>? Shape, bool Required);

/// <summary>The files of a version: how many and how large they are, and what they say; <paramref name="Problem"/> tells what could not be read.</summary>
internal sealed record ModelFiles(int Files, long Bytes, ModelDescription? Description, string? Problem);
