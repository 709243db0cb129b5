namespace Rondo.Datasets;

/// <summary>How a dataset version was made, so that it can be made again.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Text">The script, query or recipe; at most <see cref="TextLengthMax"/> characters; null: there is none.</param>
/// <param name="Parents">The dataset versions (<c>project/environment/dataset/number</c>) that it was made from.</param>
/// <param name="RowsIn">Rows that were read to make it, before any was left out; null: not known.</param>
/// <param name="RunId">The run of a pipeline that made it, or null.</param>
public sealed record DatasetOrigin(
    string Kind,
    string? Text = null,
    IReadOnlyList<string>? Parents = null,
    long? RowsIn = null,
    string? RunId = null
)
{
    /// <summary>Somebody pushed the files as they are.</summary>
    public const string Files = "files";

    /// <summary>A script or program of one's own.</summary>
    public const string Script = "script";

    /// <summary>A query on a database.</summary>
    public const string Query = "query";

    /// <summary>A recipe of recorded steps.</summary>
    public const string Recipe = "recipe";

    /// <summary>A step of a pipeline.</summary>
    public const string Pipeline = "pipeline";

    /// <summary>The version before, without the rows of a subject.</summary>
    internal const string Forgetting = "forgetting";

    /// <summary>The longest <see cref="Text"/>, in UTF-16 code units.</summary>
    public const int TextLengthMax = 64 * 1024;

    /// <summary>The most parents.</summary>
    public const int ParentsMax = 100;

    /// <summary>What an origin may be.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Files, Script, Query, Recipe, Pipeline];

    /// <summary>Fails with <see cref="ErrorCode.InvalidArgument"/> where this is no origin.</summary>
    internal void Require()
    {
        if (!Kinds.Contains(Kind, StringComparer.Ordinal))
        {
            throw Invalid($"'{Kind}' is no kind of origin.", $"Use one of {string.Join(", ", Kinds)}.");
        }

        if (RowsIn < 0)
        {
            throw Invalid(
                FormattableString.Invariant($"{RowsIn} rows cannot have been read."),
                "Give the number of rows that were read, or none."
            );
        }

        if (Text?.Length > TextLengthMax)
        {
            throw Invalid(
                FormattableString.Invariant($"The script is longer than {TextLengthMax} characters."),
                "Keep it in a repository, and give its address and commit instead."
            );
        }

        if (Parents?.Count > ParentsMax)
        {
            throw Invalid(
                FormattableString.Invariant($"There are more than {ParentsMax} parents."),
                "Name the direct ones."
            );
        }
    }

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
