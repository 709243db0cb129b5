namespace Rondo.Sdk;

/// <summary>Why a node of a local run was computed, or was not. A server says it in the same words.</summary>
public static class LocalDecisions
{
    /// <summary>An equal step was computed before.</summary>
    public const string Reused = "reused";

    /// <summary>The run that this one resumes had computed it.</summary>
    public const string Resumed = "resumed";

    /// <summary>No equal step was computed before.</summary>
    public const string New = "new";

    /// <summary>The step is not to be reused.</summary>
    public const string NotCached = "not-cached";

    /// <summary>The run was to compute every step.</summary>
    public const string Fresh = "fresh";

    /// <summary>An equal step was computed too long ago.</summary>
    public const string Expired = "expired";

    /// <summary>An equal step was computed before, but bytes of its outputs are gone.</summary>
    public const string BytesGone = "bytes-gone";

    /// <summary>There is a record of an equal step, but it cannot be read.</summary>
    public const string RecordBroken = "record-broken";

    /// <summary>A condition did not hold.</summary>
    public const string Condition = "condition";

    /// <summary>What it needs does not exist.</summary>
    public const string Missing = "missing";

    /// <summary>What it needs has failed.</summary>
    public const string NeedsFailed = "needs-failed";
}
