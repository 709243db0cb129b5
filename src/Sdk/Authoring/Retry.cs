using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Which failures are tried again, and how. A rule is limited by a number of attempts in all, by a time since the first attempt
/// began, or by both; without either by 3 attempts.
/// </summary>
public sealed class Retry
{
    private const int AttemptsMax = 1000;
    private const int AttemptsDefault = 3;
    private static readonly TimeSpan IntervalMax = TimeSpan.FromHours(1);

    private Retry(RetryManifest manifest) => Manifest = manifest;

    internal RetryManifest Manifest { get; }

    /// <summary>Failures by an exception of this type.</summary>
    /// <param name="attempts">Attempts in all.</param>
    /// <param name="every">The time before the next attempt.</param>
    /// <param name="backOff">By how much the time grows from one attempt to the next.</param>
    /// <param name="within">How long after the first attempt began a next one may begin.</param>
    public static Retry On<TException>(
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    )
        where TException : Exception => OnFailure(typeof(TException).FullName!, attempts, every, backOff, within);

    /// <summary>Any failure.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnAny(
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    ) => OnFailure(FailureClasses.Any, attempts, every, backOff, within);

    /// <summary>Attempts that took too long.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnTimeout(
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    ) => OnFailure(FailureClasses.Timeout, attempts, every, backOff, within);

    /// <summary>Attempts whose process died.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnCrash(
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    ) => OnFailure(FailureClasses.Crash, attempts, every, backOff, within);

    /// <summary>Attempts that took more memory than they may.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnMemory(
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    ) => OnFailure(FailureClasses.Memory, attempts, every, backOff, within);

    /// <summary>Commands that ended with this exit code; without one, with any but 0.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnExit(
        int? code = null,
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    ) =>
        OnFailure(
            code is null
                ? FailureClasses.Exit
                : FormattableString.Invariant($"exit:{Names.InRange(code.Value, 1, 255, "The exit code of a retry")}"),
            attempts,
            every,
            backOff,
            within
        );

    /// <summary>Failures of a class: a constant of <see cref="FailureClasses"/>, <c>exit:3</c>, or the name of an exception's type.</summary>
    /// <inheritdoc cref="On{TException}"/>
    public static Retry OnFailure(
        string failure,
        int? attempts = null,
        TimeSpan every = default,
        double backOff = 1,
        TimeSpan within = default
    )
    {
        if (string.IsNullOrWhiteSpace(failure))
        {
            throw Bad("", "is on nothing", "Name a class of failures");
        }
        if (attempts is < 1 or > AttemptsMax)
        {
            throw Bad(failure, $"has {attempts} attempts", $"Give 1 to {AttemptsMax}");
        }
        if (every < TimeSpan.Zero || every > TimeSpan.FromDays(1) || within < TimeSpan.Zero)
        {
            throw Bad(
                failure,
                $"waits {every} for at most {within}",
                "Give times of zero or more, up to a day each wait"
            );
        }
        if (!(backOff >= 1 && backOff <= 100))
        {
            throw Bad(failure, $"has a back-off of {backOff}", "Give 1 (always the same time) to 100");
        }
        var attemptsMax = attempts ?? (within == default ? AttemptsDefault : 0);
        return new(
            new(
                failure,
                attemptsMax,
                (long)within.TotalMilliseconds,
                (long)every.TotalMilliseconds,
                backOff,
                (long)(every > IntervalMax ? every : IntervalMax).TotalMilliseconds
            )
        );
    }

    /// <summary>Does not let the time before the next attempt grow above this; otherwise an hour.</summary>
    public Retry AtMostEvery(TimeSpan time) =>
        time >= TimeSpan.FromMilliseconds(Manifest.IntervalMs) && time <= TimeSpan.FromDays(1)
            ? new(Manifest with { IntervalMaxMs = (long)time.TotalMilliseconds })
            : throw Bad(Manifest.On, $"waits {time} at most", "Give a time from its interval to a day");

    private static RondoException Bad(string failure, string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"The retry on '{failure}' {what}.", mend + ".");
}
