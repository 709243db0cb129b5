namespace Rondo.Sdk.Wire;

/// <summary>
/// The error types of attempts that failed otherwise than by an exception, whose type's full name is used then. What
/// <see cref="RetryManifest.On"/> calls <c>timeout</c>, <c>crash</c>, <c>memory</c> and <c>exit</c> are these.
/// </summary>
public static class ErrorTypes
{
    /// <summary>It took longer than it may.</summary>
    public const string Timeout = "Timeout";

    /// <summary>Its process died.</summary>
    public const string Crash = "WorkerCrash";

    /// <summary>It took more memory than it may.</summary>
    public const string Memory = "MemoryLimit";

    /// <summary>A command ended with a code other than 0; a colon and the code follow: <c>Exit:3</c>.</summary>
    public const string Exit = "Exit";

    /// <summary>A fail node, reached.</summary>
    public const string Fail = "Fail";
}
