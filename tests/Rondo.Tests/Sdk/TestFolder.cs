namespace Rondo.Tests.Sdk;

/// <summary>A folder that is gone when the test is.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Of(name), text);
        return Of(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
