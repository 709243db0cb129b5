namespace Rondo.Sdk;

/// <summary>Classes of failures that retries can be for, besides exceptions by their types.</summary>
public static class Failure
{
    /// <summary>Any failure.</summary>
    public const string Any = "*";

    /// <summary>The attempt took too long.</summary>
    public const string Timeout = "timeout";

    /// <summary>The process died.</summary>
    public const string Crash = "crash";

    /// <summary>The attempt took more memory than it may.</summary>
    public const string Memory = "memory";

    /// <summary>A command ended with a code other than 0.</summary>
    public const string Exit = "exit";
}
