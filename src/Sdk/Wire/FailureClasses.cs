using System.Globalization;

namespace Rondo.Sdk.Wire;

/// <summary>
/// The names of failures that are no exception of a step: what <see cref="StepResult.ErrorType"/> holds, and what
/// <see cref="RetryManifest.On"/> can name.
/// </summary>
public static class FailureClasses
{
    /// <summary>Any failure; only in <see cref="RetryManifest.On"/>.</summary>
    public const string Any = "*";

    /// <summary>The attempt took longer than its limit.</summary>
    public const string Timeout = "timeout";

    /// <summary>The process died, stopped answering, or answered nonsense.</summary>
    public const string Crash = "crash";

    /// <summary>The attempt, with all processes that it started, took more memory than its limit.</summary>
    public const string Memory = "memory";

    /// <summary>The attempt had more processes than its limit.</summary>
    public const string Processes = "processes";

    /// <summary>The attempt wrote more bytes into its folder than its limit.</summary>
    public const string Disk = "disk";

    /// <summary>A command ended with a code other than 0; with the code in <see cref="StepResult.ErrorType"/>: <c>exit:3</c>.</summary>
    public const string Exit = "exit";

    /// <summary>A fail node was reached; nothing tries it again.</summary>
    public const string Fail = "fail";

    /// <summary>The attempt was called off.</summary>
    public const string Cancelled = "cancelled";

    // A program that a signal ends has 128 and the signal's number as its code.
    private const int FirstSignalCode = 129;
    private const int LastSignalCode = 192;

    /// <summary>The class of a command that ended with this code.</summary>
    public static string OfExit(int code) => Exit + ":" + code.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether a failure is of the class that a retry names: <c>*</c>, one of the classes, <c>exit</c> for every code, <c>exit:3</c> for
    /// one, <c>crash</c> also for a command that a signal ended, or the type of an exception with or without its namespace.
    /// </summary>
    public static bool Fits(string on, string? errorType)
    {
        if (on == Any || errorType is null)
        {
            return on == Any;
        }
        return errorType == on
            || errorType.StartsWith(on + ":", StringComparison.Ordinal)
            || errorType.EndsWith("." + on, StringComparison.Ordinal)
            || errorType.EndsWith("+" + on, StringComparison.Ordinal)
            || (on == Crash && IsSignal(errorType))
            || (IsRondo(on) && errorType.StartsWith(nameof(RondoException) + ".", StringComparison.Ordinal));
    }

    private static bool IsRondo(string on) => on is nameof(RondoException) or "Rondo." + nameof(RondoException);

    private static bool IsSignal(string errorType) =>
        errorType.StartsWith(Exit + ":", StringComparison.Ordinal)
        && int.TryParse(errorType.AsSpan(Exit.Length + 1), CultureInfo.InvariantCulture, out var code)
        && code is >= FirstSignalCode and <= LastSignalCode;
}
