namespace Rondo;

/// <summary>
/// The one exception that is meant for a person: what is wrong, where, and what to do about it. The edges (HTTP, command line,
/// worker) map its code once to a status or an exit code.
/// </summary>
public sealed class RondoException : Exception
{
    /// <summary>Creates the error from its kind, what is wrong (naming the place), and what to do.</summary>
    public RondoException(ErrorCode code, string what, string? mend = null, Exception? inner = null)
        : base(mend is null ? what : what + " " + mend, inner)
    {
        Code = code;
        What = what;
        Mend = mend;
    }

    /// <summary>What kind of mistake it was.</summary>
    public ErrorCode Code { get; }

    /// <summary>What is wrong, naming the place: a whole sentence.</summary>
    public string What { get; }

    /// <summary>What to do about it: a whole sentence, or null where nothing can be said.</summary>
    public string? Mend { get; }

    /// <summary>The process exit code of a command that ends with this error.</summary>
    public int ExitCode =>
        Code switch
        {
            ErrorCode.InvalidArgument => 2,
            ErrorCode.NotFound => 3,
            ErrorCode.Conflict or ErrorCode.FailedPrecondition => 4,
            ErrorCode.ResourceExhausted or ErrorCode.Unavailable => 5,
            ErrorCode.Unauthenticated or ErrorCode.PermissionDenied => 6,
            ErrorCode.DataCorrupt => 7,
            _ => 1,
        };
}
