namespace Rondo.Datasets;

/// <summary>What came of pushing a file: the version that now holds it, whether that is a new one, and what was read.</summary>
public sealed record DatasetPush(DatasetVersion Version, bool Created, DatasetFileFacts File);

/// <summary>What was read from one file. Lines that could not be read are counted, not dropped: validation judges them.</summary>
public sealed record DatasetFileFacts(
    string Name,
    string Digest,
    long Size,
    long Rows,
    long Quarantined,
    IReadOnlyList<string> Columns,
    string? AsOf
);
