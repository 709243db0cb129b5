namespace Rondo.Mlflow.Transfer;

/// <summary>What came of records: by kind what was new, changed and there already; what could not be taken in; and where files belong.</summary>
internal sealed record TransferReport
{
    private const int ProblemsMax = 1000;

    public Dictionary<string, TransferCount> Kinds { get; init; } = new(StringComparer.Ordinal);

    public List<TransferProblem> Problems { get; init; } = [];

    /// <summary>How many there are besides those that are told.</summary>
    public long MoreProblems { get; set; }

    /// <summary>Per run and logged model the address of its files.</summary>
    public Dictionary<string, string> Places { get; init; } = new(StringComparer.Ordinal);

    public void Count(string kind, TransferCount count) =>
        Kinds[kind] = Kinds.GetValueOrDefault(kind, new TransferCount(0, 0, 0)) + count;

    public void Count(TransferRecord record, bool made, bool changed) =>
        Count(record.Kind, new TransferCount(made ? 1 : 0, !made && changed ? 1 : 0, made || changed ? 0 : 1));

    public void Refuse(TransferRecord record, string why) =>
        Refuse(new TransferProblem(record.Kind, record.Label, why));

    public void Refuse(TransferProblem problem)
    {
        if (Problems.Count < ProblemsMax)
        {
            Problems.Add(problem);
        }
        else
        {
            MoreProblems++;
        }
    }

    /// <summary>Takes in what another report says.</summary>
    public void Add(TransferReport other)
    {
        foreach (var (kind, count) in other.Kinds)
        {
            Count(kind, count);
        }

        other.Problems.ForEach(Refuse);
        MoreProblems += other.MoreProblems;
        foreach (var (id, place) in other.Places)
        {
            Places[id] = place;
        }
    }
}

/// <summary>How many were new, how many changed, and how many were there as they are.</summary>
internal sealed record TransferCount(long Written, long Changed, long There)
{
    public static TransferCount operator +(TransferCount a, TransferCount b) =>
        new(a.Written + b.Written, a.Changed + b.Changed, a.There + b.There);
}

/// <summary>What could not be taken in, and why.</summary>
internal sealed record TransferProblem(string Kind, string Id, string Why);
