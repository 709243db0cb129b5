using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// Keeps one of the rows that are equal. Rows and keys are told apart by hashes of 64 bits: among ten million different ones, the chance
/// that any two have the same is about three in a million.
/// </summary>
internal sealed class DistinctRun(KeepDistinct step) : StepRun
{
    private readonly SeenHashes _seen = new();
    private readonly Dictionary<ulong, Rank> _best = [];

    public override bool LooksFirst => step.Key is not null;

    public override void Look(Table part)
    {
        var keys = Hashes(part, step.Key);
        var ranks = Ranks(part);
        var whole = IsWhole(part);
        for (var row = 0; row < keys.Length; row++)
        {
            if (whole(row) && (!_best.TryGetValue(keys[row], out var best) || ranks[row].IsBefore(best)))
            {
                _best[keys[row]] = ranks[row];
            }
        }

        RequireRoom(_best.Count);
    }

    public override bool[] Keeps(Table part)
    {
        var keys = Hashes(part, step.Key);
        var keeps = new bool[keys.Length];
        var ranks = LooksFirst ? Ranks(part) : [];
        var whole = IsWhole(part);
        for (var row = 0; row < keys.Length; row++)
        {
            keeps[row] = !whole(row) || ((!LooksFirst || ranks[row] == _best[keys[row]]) && _seen.Add(keys[row]));
        }

        RequireRoom(_seen.Count);
        return keeps;
    }

    public override void Restart() => _seen.Clear();

    private Func<int, bool> IsWhole(Table part)
    {
        if (step.Key is null)
        {
            return _ => true;
        }

        var columns = step.Key.Select(name => part[name]).ToList();
        return row => !columns.Exists(column => column.IsMissing(row));
    }

    private Rank[] Ranks(Table part)
    {
        var hashes = Hashes(part, null);
        var time = step.NewestBy is { } name ? part[name] : null;
        if (time is not (null or Column<DateOnly> or Column<DateTimeOffset>) && time.MissingCount < time.Count)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"column '{time.Name}' holds {time.Type}, neither dates nor timestamps.",
                "Name a column that says when a row happened."
            );
        }

        return
        [
            .. hashes.Select(
                (hash, row) =>
                    new Rank(
                        time is null || time.IsMissing(row) ? long.MinValue : TableConcat.Instant(time[row]!).UtcTicks,
                        hash
                    )
            ),
        ];
    }

    // The newest comes first; of equally new ones, that of the least hash.
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Rank(long Ticks, ulong Hash)
    {
        public bool IsBefore(Rank other) => Ticks != other.Ticks ? Ticks > other.Ticks : Hash < other.Hash;
    }
}
