using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>What an import has read, and what came of it.</summary>
internal sealed class TransferTally
{
    /// <summary>The kind under which files are counted.</summary>
    public const string Files = "file";

    private readonly Dictionary<string, long> _read = new(StringComparer.Ordinal);

    public TransferReport Report { get; } = new();

    public List<string> Notes { get; } = [];

    public long ReadOf(string kind) => _read.GetValueOrDefault(kind);

    public void Read(TransferRecord record) =>
        Read(
            record.Kind,
            record switch
            {
                PointsRecord points => points.Points.Count,
                ModelPointsRecord points => points.Points.Count,
                AliasesRecord aliases => aliases.Aliases.Count,
                _ => 1,
            }
        );

    public void Read(string kind, long count) => _read[kind] = ReadOf(kind) + count;

    /// <summary>The answer of the command.</summary>
    public TransferAnswer Answer(bool dryRun) =>
        new(
            dryRun,
            [
                .. _read.Select(pair =>
                {
                    var count = Report.Kinds.GetValueOrDefault(pair.Key, new TransferCount(0, 0, 0));
                    return new TransferRow(pair.Key, pair.Value, count.Written, count.Changed, count.There);
                }),
            ],
            Notes,
            Report.Problems,
            Report.Problems.Count + Report.MoreProblems
        );
}

/// <summary>What came of an import.</summary>
internal sealed record TransferAnswer(
    bool DryRun,
    IReadOnlyList<TransferRow> Kinds,
    IReadOnlyList<string> Notes,
    IReadOnlyList<TransferProblem> Problems,
    long ProblemsTotal
);

/// <summary>How many of a kind were read at the source, and what came of them on the server.</summary>
internal sealed record TransferRow(string Kind, long Read, long Written, long Changed, long There);
