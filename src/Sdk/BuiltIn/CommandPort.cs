namespace Rondo.Sdk.BuiltIn;

/// <summary>A file that a program finds: how it is laid there.</summary>
internal sealed record CommandInput(string File, Action<StoredArtifact, string> Lay);

/// <summary>A file or folder that a program leaves: how it is taken.</summary>
internal sealed record CommandOutput(string File, Action<StepCall, string> Take)
{
    public bool IsFolder { get; init; }
}
