using Rondo.Data;

namespace Rondo.Datasets;

/// <summary>What a later version of a dataset has that an earlier one has not, and the other way round.</summary>
/// <param name="From">The one version.</param>
/// <param name="To">The other version.</param>
/// <param name="Files">The files that differ, by name.</param>
/// <param name="Columns">Every column of either, the most moved first; empty where <paramref name="Reason"/> says why.</param>
/// <param name="Reason">Why the columns were not compared, or null.</param>
public sealed record DatasetDiff(
    DatasetVersion From,
    DatasetVersion To,
    IReadOnlyList<DatasetFileChange> Files,
    IReadOnlyList<DatasetColumnChange> Columns,
    string? Reason
);

/// <summary>A file that differs: <c>added</c>, <c>removed</c> or <c>replaced</c>; its bytes before and now.</summary>
public sealed record DatasetFileChange(string Name, string Change, long? SizeBefore, long? SizeNow);

/// <summary>A column of either version.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Change"><c>added</c>, <c>removed</c>, <c>type</c>, <c>values</c>, or <c>same</c> where all statistics are equal.</param>
/// <param name="Before">Its statistics in the one version, null where it was not there.</param>
/// <param name="Now">Its statistics in the other version.</param>
/// <param name="Shift">Numbers: by how many of the earlier standard deviations the mean has moved.</param>
public sealed record DatasetColumnChange(
    string Name,
    string Change,
    ColumnStatistics? Before,
    ColumnStatistics? Now,
    double? Shift
);
