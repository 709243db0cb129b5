namespace Rondo.Datasets;

/// <summary>Whose rows are to go.</summary>
/// <param name="Column">The column that tells rows apart, such as <c>email</c>.</param>
/// <param name="Value">The value that the subject's rows have. It is written down nowhere.</param>
/// <param name="Reason">Why, for the record; it must not name the subject.</param>
/// <param name="Force">Whether versions go, too, that a model was made from which serves, may be rolled back to, or has an alias.</param>
public sealed record SubjectRequest(string Column, string Value, string? Reason = null, bool Force = false)
{
    /// <summary>Never the value: this record may come into a log.</summary>
    public override string ToString() => $"{Column} = •••";
}

/// <summary>What removing a subject's rows did, or would do.</summary>
/// <param name="Id">The record's id; null where nothing was done.</param>
/// <param name="Project">The project.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Column">The column by which the rows were found.</param>
/// <param name="Identity">The salted hash of the value; null where nothing was done.</param>
/// <param name="Rows">How many rows have the value, in all files: a file counts once however many versions hold it.</param>
/// <param name="UnreadableLines">How many lines have it that cannot be read as rows.</param>
/// <param name="ButForCase">How many rows more would have it if the case of letters did not count. They are left alone.</param>
/// <param name="Versions">The versions that hold such rows, the oldest first.</param>
/// <param name="NewVersion">The version that was made without them; null where the newest version held none.</param>
public sealed record SubjectReport(
    string? Id,
    string Project,
    string Environment,
    string Dataset,
    string Column,
    SubjectIdentity? Identity,
    long Rows,
    long UnreadableLines,
    long ButForCase,
    IReadOnlyList<SubjectVersion> Versions,
    long? NewVersion
)
{
    /// <summary>What was made from these versions.</summary>
    public IReadOnlyList<SubjectDerivation> Derived { get; init; } = [];

    /// <summary>Whether more was made from them than can be listed (<see cref="SubjectDeletion.DerivedMax"/>).</summary>
    public bool DerivedTruncated { get; init; }

    /// <summary>Versions of other datasets and environments that hold the same files. They are left alone.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];

    /// <summary>Why it was asked for.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether holds were overridden.</summary>
    public bool Forced { get; init; }

    /// <summary>When it was done; null where nothing was done.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? Actor { get; init; }

    /// <summary>Whether no version is left that holds such rows.</summary>
    public bool IsComplete => Versions.All(version => version.State == SubjectVersion.Deleted);
}

/// <summary>A version that holds, or held, rows of a subject.</summary>
/// <param name="Id">The version's id.</param>
/// <param name="Version">Its number.</param>
/// <param name="Rows">How many.</param>
/// <param name="State"><c>found</c> where nothing was done, <c>deleted</c>, or <c>held</c>.</param>
/// <param name="Holds">What needs the version, and what to do about it; also where that was overridden.</param>
public sealed record SubjectVersion(string Id, long Version, long Rows, string State, IReadOnlyList<string> Holds)
{
    internal const string Found = "found";
    internal const string Deleted = "deleted";
    internal const string Held = "held";
}

/// <summary>Something that was made from versions that hold rows of a subject.</summary>
/// <param name="Kind"><c>model-version</c>, <c>dataset-version</c> or <c>artifact</c>.</param>
/// <param name="Id">Its name, or its type and digest.</param>
/// <param name="State">Of a model version <c>serving at demand</c>, <c>retired at demand</c>, <c>registered</c> or <c>deleted</c>; of an artifact what becomes of it.</param>
/// <param name="From">The numbers of the versions that it was made from.</param>
public sealed record SubjectDerivation(string Kind, string Id, string State, IReadOnlyList<long> From);

/// <summary>Data of event <c>dataset.subject.forgotten</c>; the subject of the event is <c>project/environment/dataset</c>.</summary>
/// <param name="Id">Of the record, which has the whole report.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Column">The column by which the rows were found.</param>
/// <param name="Identity">The salted hash of the value.</param>
/// <param name="Rows">How many rows were removed or, of versions that are held, found.</param>
/// <param name="Deleted">The versions that were deleted.</param>
/// <param name="Held">The versions that are held, and so still have the rows.</param>
/// <param name="NewVersion">The version without the rows.</param>
/// <param name="Models">The model versions that were made from the rows' versions.</param>
/// <param name="Forced">Whether holds were overridden.</param>
/// <param name="Reason">Why.</param>
public sealed record DatasetSubjectForgotten(
    string Id,
    string Dataset,
    string Environment,
    string Column,
    SubjectIdentity Identity,
    long Rows,
    IReadOnlyList<long> Deleted,
    IReadOnlyList<long> Held,
    long? NewVersion,
    IReadOnlyList<string> Models,
    bool Forced,
    string? Reason
)
{
    /// <summary>The event's type.</summary>
    public const string Type = "dataset.subject.forgotten";
}
