namespace Rondo.Tracking.Text;

/// <summary>An experiment or a run that has all words that were looked for, and where it has one of them.</summary>
/// <param name="Kind"><c>experiment</c> or <c>run</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Experiment">The name of the experiment: its own, or that of the run.</param>
/// <param name="At">When it began, in unix milliseconds.</param>
/// <param name="Where"><c>name</c>, <c>note</c>, or the key of a tag.</param>
/// <param name="Excerpt">The text around the word.</param>
internal sealed record Finding(
    string Kind,
    string Id,
    string Name,
    string Experiment,
    long At,
    string Where,
    string Excerpt
);

/// <summary>Some of what was found, and where the next part begins (null: this was the last).</summary>
/// <param name="Items">Whose names have the words first, then the newest.</param>
/// <param name="Next">The token of the next part.</param>
/// <param name="Total">How many were found.</param>
/// <param name="IsPart">Whether there are more than were looked at.</param>
/// <param name="NotYetRead">How many of an earlier version of Rondo are not looked through yet, up to a thousand.</param>
internal sealed record Findings(IReadOnlyList<Finding> Items, string? Next, int Total, bool IsPart, long NotYetRead);
