using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>A step context for the unit test of a step: a temporary work folder, a seed, and the log as text.</summary>
public sealed class TestStep : IDisposable
{
    private readonly StringWriter _log = new();

    /// <summary>Makes one.</summary>
    public TestStep(int seed = 1, int threads = 1)
    {
        Folder = Directory.CreateTempSubdirectory("rondo-step-").FullName;
        Context = new StepContext(Folder, seed, threads, _log);
    }

    /// <summary>What the step takes.</summary>
    public StepContext Context { get; }

    /// <summary>The work folder; it is deleted in the end.</summary>
    public string Folder { get; }

    /// <summary>What the step has logged so far.</summary>
    public string Log => _log.ToString();

    /// <summary>Deletes the folder.</summary>
    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _log.Dispose();
    }
}
