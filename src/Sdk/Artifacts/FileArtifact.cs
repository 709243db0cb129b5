namespace Rondo.Sdk;

/// <summary>A file as an artifact: whatever is in it.</summary>
/// <param name="Path">Where it is now. A step may write it into its work folder and return it.</param>
public sealed record FileArtifact(string Path)
{
    /// <summary>Opens it for reading.</summary>
    public Stream Open() => File.OpenRead(Path);
}
