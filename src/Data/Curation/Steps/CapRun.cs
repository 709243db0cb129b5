namespace Rondo.Data;

/// <summary>Keeps at most so many rows of each group: those with the least hashes.</summary>
internal sealed class CapRun(KeepCapped step) : StepRun
{
    private readonly Dictionary<ulong, Group> _groups = [];
    private long _remembered;

    public override bool LooksFirst => true;

    public override void Look(Table part)
    {
        var (groups, hashes) = (Hashes(part, step.By), Order(part));
        for (var row = 0; row < groups.Length; row++)
        {
            if (!_groups.TryGetValue(groups[row], out var group))
            {
                group = new Group();
                _groups.Add(groups[row], group);
            }

            _remembered += group.Look(hashes[row], step.Rows) ? 1 : 0;
        }

        RequireRoom(_remembered);
    }

    public override bool[] Keeps(Table part)
    {
        var (groups, hashes) = (Hashes(part, step.By), Order(part));
        return [.. hashes.Select((hash, row) => _groups[groups[row]].Keeps(hash, step.Rows))];
    }

    public override void Restart()
    {
        foreach (var group in _groups.Values)
        {
            group.Restart();
        }
    }

    private ulong[] Order(Table part) => [.. Hashes(part, null).Select(hash => RowKeys.Hash(step.Seed, hash))];

    private sealed class Group
    {
        // The greatest first; ties are equal rows, of which any may stay.
        private readonly PriorityQueue<ulong, ulong> _least = new(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));
        private int _keptAtLimit;

        public bool Look(ulong hash, int rows)
        {
            if (_least.Count < rows)
            {
                _least.Enqueue(hash, hash);
                return true;
            }

            if (hash < _least.Peek())
            {
                _least.EnqueueDequeue(hash, hash);
            }

            return false;
        }

        public bool Keeps(ulong hash, int rows)
        {
            var limit = _least.Peek();
            if (_least.Count < rows || hash < limit)
            {
                return true;
            }

            return hash == limit && _keptAtLimit++ < _least.UnorderedItems.Count(item => item.Element == limit);
        }

        public void Restart() => _keptAtLimit = 0;
    }
}
