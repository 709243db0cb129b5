using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Partitions;

/// <summary>Partitions by name: regions, customers, sensors.</summary>
internal sealed class ListPartitions : PartitionScheme
{
    private const int NamedMax = 10;

    private readonly IReadOnlyList<string> _values;
    private readonly Dictionary<string, long> _positions;

    public ListPartitions(PartitionsManifest manifest)
    {
        _values = manifest.Values ?? [];
        _positions = _values
            .Index()
            .ToDictionary(value => value.Item, value => (long)value.Index, StringComparer.Ordinal);
    }

    public override bool NewestFirst => false;

    public override PartitionPlace Find(string key) =>
        _positions.TryGetValue(key, out var position)
            ? At(position)!
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no partition '{key}'.",
                $"There is {string.Join(", ", _values.Take(NamedMax))}"
                    + (_values.Count > NamedMax ? $", and {_values.Count - NamedMax} more." : ".")
            );

    public override PartitionPlace? At(long position) =>
        position >= 0 && position < _values.Count
            ? new PartitionPlace(_values[(int)position], position, null, null)
            : null;

    public override PartitionPlace? NewestComplete(DateTimeOffset now) => null;

    public override long End(DateTimeOffset now) => _values.Count;

    public override long Count(DateTimeOffset now) => _values.Count;
}
