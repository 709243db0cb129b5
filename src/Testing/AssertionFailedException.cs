namespace Rondo.Testing;

/// <summary>Something is not as a test says it is. Any test framework takes it for a failed test.</summary>
public sealed class AssertionFailedException : Exception
{
    /// <summary>Makes one.</summary>
    public AssertionFailedException(string message)
        : base(message) { }
}
