namespace Rondo.Benchmarks;

/// <summary>A folder that goes when its user is done.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rondo-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
