namespace Rondo;

/// <summary>What kind of mistake it was: decides the HTTP status and the exit code.</summary>
public enum ErrorCode
{
    /// <summary>The input is wrong and will stay wrong (HTTP 400, exit 2).</summary>
    InvalidArgument,

    /// <summary>No valid credential (HTTP 401, exit 6).</summary>
    Unauthenticated,

    /// <summary>The credential does not allow this (HTTP 403, exit 6).</summary>
    PermissionDenied,

    /// <summary>What was named does not exist (HTTP 404, exit 3).</summary>
    NotFound,

    /// <summary>It exists already, or somebody else was faster (HTTP 409, exit 4).</summary>
    Conflict,

    /// <summary>Right in itself, but not in the present state (HTTP 412, exit 4).</summary>
    FailedPrecondition,

    /// <summary>A limit is reached (HTTP 429, exit 5).</summary>
    ResourceExhausted,

    /// <summary>Try again later (HTTP 503, exit 5).</summary>
    Unavailable,

    /// <summary>Stored bytes no longer match their digest (HTTP 500, exit 7).</summary>
    DataCorrupt,

    /// <summary>A fault of ours (HTTP 500, exit 1).</summary>
    Internal,
}
